import { type PtyProcess, spawnOnPty } from "@jumpstarter/core/tty";
import { Console } from "@jumpstarter/drivers/network";

/** A program on a terminal at which somebody types. Disposing hangs up on it. */
export class AtTerminal implements AsyncDisposable {
  readonly #process: PtyProcess;
  /** What is typed, and what is seen. */
  readonly console: Console;

  /** Starts the program. */
  constructor(
    [program, ...args]: readonly string[],
    options: { env: Record<string, string>; cwd: string },
  ) {
    const { cwd } = options;
    const { NO_COLOR: _, ...env } = { ...Deno.env.toObject(), ...options.env };
    this.#process = spawnOnPty(program, { args, cwd, env: { ...env, TERM: "xterm" } });
    this.console = new Console(this.#process.pty, { prompt: /➤\S* $/u, timeoutMs: 30_000 });
  }

  /** Resolves with its exit code when it has ended. */
  async ended(): Promise<number> {
    return (await this.#process.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.console[Symbol.asyncDispose]();
    this.#process.pty.close();
    this.#process.signalGroup("SIGKILL");
    await this.#process.status;
  }
}
