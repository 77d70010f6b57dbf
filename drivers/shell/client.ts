import type { JsonValue } from "@bufbuild/protobuf";
import { type CallOptions, DriverClient } from "@jumpstarter/core/client";
import { ShellInterface } from "@jumpstarter/proto/driver/shell/v1";
import { Code, ConnectError } from "@connectrpc/connect";

/** Options of {@linkcode ShellClient.run}. */
export interface ShellRunOptions extends CallOptions {
  /** Variables for the script's environment. */
  env?: Record<string, string>;
  /** Gets standard output as it comes. */
  onStdout?: (text: string) => void | Promise<void>;
  /** Gets standard error as it comes. */
  onStderr?: (text: string) => void | Promise<void>;
}

/** How a script ended. */
export interface ShellResult {
  /** The exit code; negative for a script that a signal ended, 199 after a time-out. */
  readonly code: number;
  /** All that it wrote to standard output, unless `onStdout` got it. */
  readonly stdout: string;
  /** All that it wrote to standard error, unless `onStderr` got it. */
  readonly stderr: string;
}

/** The client of shell drivers. */
export class ShellClient extends DriverClient {
  /** The scripts' names, in the order of the exporter's file. */
  async methods(options?: CallOptions): Promise<string[]> {
    return (await this.node.typed(ShellInterface).getMethods({}, options)).methods;
  }

  /**
   * Runs a script, and waits for its end. A failing script is no error: look at `code`.
   *
   * @throws {ConnectError} INVALID_ARGUMENT if there is no such script, or a variable may not be set
   */
  async run(
    method: string,
    args: readonly string[] = [],
    options: ShellRunOptions = {},
  ): Promise<ShellResult> {
    let code: number | undefined;
    let stdout = "";
    let stderr = "";
    for await (const piece of this.#pieces(method, args, options)) {
      if (piece.stdout !== "") {
        if (options.onStdout === undefined) stdout += piece.stdout;
        else await options.onStdout(piece.stdout);
      }
      if (piece.stderr !== "") {
        if (options.onStderr === undefined) stderr += piece.stderr;
        else await options.onStderr(piece.stderr);
      }
      code = piece.returnCode ?? code;
    }
    if (code !== undefined) return { code, stdout, stderr };
    throw new ConnectError(`Cannot run ${method}: its end was not told`, Code.DataLoss);
  }

  async *#pieces(
    method: string,
    args: readonly string[],
    { env = {}, signal, timeoutMs }: ShellRunOptions,
  ): AsyncGenerator<{ stdout: string; stderr: string; returnCode?: number }> {
    const request = { method, env, args: [...args] };
    try {
      yield* this.node.typed(ShellInterface).callMethod(request, { signal, timeoutMs });
    } catch (error) {
      // Exporters of the first half of 2025 answer with one value (drivers-b §7.4).
      if (!(error instanceof ConnectError) || error.code !== Code.NotFound) throw error;
      const result = await this.node.call("call_method", [method, env, ...args], {
        signal,
        timeoutMs,
      });
      const [stdout, stderr, returnCode] = result as [JsonValue, JsonValue, JsonValue];
      yield { stdout: String(stdout), stderr: String(stderr), returnCode: Number(returnCode) };
    }
  }
}
