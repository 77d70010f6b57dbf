import { constants } from "node:os";

/** How long processes that were told to end may take before they are ended, in ms (upstream's, drivers-b §7.2). */
const TERM_GRACE_MS = 5_000;

/** What to run. */
export interface ProcessGroupOptions {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Variables besides this process' own. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder to run in, this process' own unless told. */
  readonly cwd?: string;
}

/**
 * A program in a session of its own, so that all that it starts can be ended with it.
 *
 * Its standard input is empty.
 */
export class ProcessGroup {
  /** What it, and all that it started, write. Ends when the last of them has closed it. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** As `stdout`. */
  readonly stderr: ReadableStream<Uint8Array>;
  readonly #child: Deno.ChildProcess;
  #ending: Promise<void> | undefined;

  /**
   * Starts it.
   *
   * @throws {Deno.errors.NotFound} if there is no such program
   */
  constructor({ argv, env, cwd }: ProcessGroupOptions) {
    const [program, ...args] = argv;
    this.#child = new Deno.Command(program, {
      args,
      env: { ...env },
      cwd,
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.stdout = this.#child.stdout;
    this.stderr = this.#child.stderr;
  }

  /** The exit code once the program has ended; minus the number of the signal that ended it. */
  get code(): Promise<number> {
    return this.#child.status.then(({ code, signal }) => {
      if (signal === null) return code;
      return -((constants.signals as Record<string, number>)[signal] ?? code - 128);
    });
  }

  /**
   * Ends the program and all that it started: SIGTERM, and SIGKILL when `gone` resolves or 5 s have passed.
   *
   * @param gone resolves when nobody holds the output open any more
   */
  end(gone: Promise<unknown>): Promise<void> {
    return this.#ending ??= this.#end(gone);
  }

  async #end(gone: Promise<unknown>): Promise<void> {
    this.#kill("SIGTERM");
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, TERM_GRACE_MS));
    await Promise.race([Promise.allSettled([gone, this.#child.status]), late]);
    clearTimeout(timer);
    // Whoever closed its output and went on.
    this.#kill("SIGKILL");
    await this.#child.status;
  }

  #kill(signal: Deno.Signal): void {
    try {
      Deno.kill(-this.#child.pid, signal);
    } catch {
      // Nobody is left.
    }
  }
}
