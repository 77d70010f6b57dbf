import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DriverCall, DriverHooks, DriverMethods } from "@jumpstarter/core/driver";
import type {
  ShellInterface,
  ShellInterfaceCallMethodRequest,
  ShellOutputSchema,
} from "@jumpstarter/proto/driver/shell/v1";
import { checkEnvironment } from "./environment.ts";
import { OutputQueue } from "./output_queue.ts";
import { ProcessGroup } from "./process_group.ts";

/** One script. */
export interface ShellMethod {
  /** What the shell runs. */
  readonly command: string;
  /** What it is for. */
  readonly description?: string;
  /** How long it may take, in seconds; the driver's time unless told. */
  readonly timeout?: number;
}

/** The scripts, and how they are run. */
export interface ShellOptions {
  /** The scripts by their names, in their order. */
  readonly methods: Readonly<Record<string, ShellMethod>>;
  /** What runs a script, which is its next argument. */
  readonly shell: readonly string[];
  /** How long a script may take unless told otherwise, in seconds. */
  readonly timeout: number;
  /** The folder that scripts run in. */
  readonly cwd?: string;
}

/** A piece of output, or the end. */
export type ShellPiece = MessageInitShape<typeof ShellOutputSchema>;

/** The code of a script that took too long (drivers-b §7.2). */
const TIMED_OUT = 199;

/** Runs the scripts that the exporter's file names. */
export class ShellDriver implements DriverMethods<typeof ShellInterface>, DriverHooks {
  readonly methodsDescription: Readonly<Record<string, string>>;
  readonly #options: ShellOptions;
  readonly #running = new Set<Promise<void>>();

  /** A driver for these scripts. */
  constructor(options: ShellOptions) {
    this.#options = options;
    const described = Object.entries(options.methods)
      .flatMap(([name, { description }]) => description ? [[name, description]] : []);
    this.methodsDescription = Object.fromEntries(described);
  }

  /** Waits for scripts whose callers have gone, which are being ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running);
  }

  /** The scripts' names. */
  getMethods(): { methods: string[] } {
    return { methods: Object.keys(this.#options.methods) };
  }

  /**
   * Runs a script: its output as it comes, then its exit code. The caller's end is its end, and that of all it started.
   *
   * @throws {RangeError} if there is no such script, or it must not be called like this
   */
  async *callMethod(
    { method: name, env, args }: ShellInterfaceCallMethodRequest,
    call: DriverCall,
  ): AsyncGenerator<ShellPiece> {
    const method = this.#method(name);
    checkEnvironment(env);
    await this.#checkFolder();
    call.signal.throwIfAborted();
    const group = new ProcessGroup({
      argv: [...this.#options.shell, method.command, name, ...args],
      env,
      cwd: this.#options.cwd,
    });
    const { promise: ended, resolve: sayEnded } = Promise.withResolvers<void>();
    this.#running.add(ended);
    const output = new OutputQueue(group.stdout, group.stderr);
    const seconds = method.timeout ?? this.#options.timeout;
    let timedOut = false;
    let over: Promise<void> | undefined;
    const end = (): Promise<void> =>
      over ??= group.end(output.ended).finally(() => output.cancel());
    const timer = setTimeout(() => {
      timedOut = true;
      void end();
    }, seconds * 1000);
    const giveUp = (): Promise<void> => {
      output.discard();
      return end();
    };
    const onAbort = (): void => void giveUp();
    call.signal.addEventListener("abort", onAbort);
    let finished = false;
    try {
      for (let piece = await output.next(); piece !== undefined; piece = await output.next()) {
        yield piece;
      }
      const code = await group.code;
      finished = true;
      await over;
      call.signal.throwIfAborted();
      yield timedOut ? timeOut(name, seconds) : { returnCode: code };
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener("abort", onAbort);
      if (!finished) await giveUp();
      this.#running.delete(ended);
      sayEnded();
    }
  }

  #method(name: string): ShellMethod {
    const { methods } = this.#options;
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) {
      const names = Object.keys(methods).map((known) => `'${known}'`).join(", ");
      throw new RangeError(`Method '${name}' not found in available methods: [${names}]`);
    }
    if (method.command === "") throw new RangeError("Shell script must be a non-empty string");
    return method;
  }

  async #checkFolder(): Promise<void> {
    const { cwd } = this.#options;
    if (cwd === undefined) return;
    const info = await Deno.stat(cwd).catch(() => undefined);
    if (!info?.isDirectory) throw new RangeError(`Working directory does not exist: ${cwd}`);
  }
}

function timeOut(name: string, seconds: number): ShellPiece {
  const stderr = `\nTimeout expired while running ${name}: no end within ${seconds} s\n`;
  return { stderr, returnCode: TIMED_OUT };
}
