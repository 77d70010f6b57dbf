import { LineReader } from "./line_reader.ts";
import type { Figures, OperationOptions } from "./measurement.ts";

/** How to start a child. */
export interface ChildOptions {
  /** Named in errors. */
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Environment on top of ours. */
  readonly env?: Record<string, string>;
  /** For programs that print no `READY` line: resolves to the address once the program serves; stops at the signal. */
  readonly ready?: (signal: AbortSignal) => Promise<string>;
}

/** A Python venv that is not warm takes seconds to import upstream. */
const READY_TIMEOUT_MS = 60_000;
/** The longest operations push 1 GiB or make 100,000 calls. */
const REQUEST_TIMEOUT_MS = 180_000;
/** How long a child may take to end before it is killed. */
const STOP_TIMEOUT_MS = 3_000;
/** Kept for error messages. */
const STDERR_TAIL_CHARACTERS = 4_000;

const running = new Set<ChildProcess>();

/** Kills all children at once, for the way out on a signal. */
export function killAllChildren(): void {
  for (const child of running) child.kill("SIGKILL");
}

/**
 * A program that prints `READY <address>` when it serves, then answers each line
 * `{"operation":…,"options":{…}}` on its stdin by one line `{"figures":{…}}` or
 * `{"error":"…"}` on its stdout, and ends when its stdin does.
 */
export class ChildProcess implements AsyncDisposable {
  /** What stood after `READY`; empty for a client. */
  address = "";
  #name: string;
  #process: Deno.ChildProcess;
  #lines: LineReader;
  #stdin: WritableStreamDefaultWriter<Uint8Array>;
  #stderrTail = "";
  #stderrDone: Promise<void>;

  private constructor(options: ChildOptions) {
    this.#name = options.name;
    const [program, ...args] = options.command;
    this.#process = new Deno.Command(program, {
      args,
      env: options.env ?? {},
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines = new LineReader(this.#process.stdout);
    this.#stdin = this.#process.stdin.getWriter();
    this.#stderrDone = this.#keepStderr();
    running.add(this);
  }

  /** Starts the program and waits until it is ready. Rejects with the end of its stderr if it is not. */
  static async start(options: ChildOptions): Promise<ChildProcess> {
    const child = new ChildProcess(options);
    try {
      if (options.ready !== undefined) {
        child.address = await child.#untilReady(options.ready);
        return child;
      }
      const line = await child.#withTimeout(child.#lines.next(), READY_TIMEOUT_MS, "get ready");
      if (line === null || !line.startsWith("READY")) {
        throw await child.#failure(`its first line must be READY: current value is '${line}'`);
      }
      child.address = line.slice("READY".length).trim();
      return child;
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Has the child run one operation and resolves to its figures. One at a time. */
  async request(operation: string, options: OperationOptions = {}): Promise<Figures> {
    const line = JSON.stringify({ operation, options }) + "\n";
    await this.#stdin.write(new TextEncoder().encode(line));
    const answer = await this.#withTimeout(this.#lines.next(), REQUEST_TIMEOUT_MS, operation);
    if (answer === null) throw await this.#failure(`it ended during '${operation}'`);
    const { figures, error } = JSON.parse(answer) as { figures?: Figures; error?: string };
    if (figures === undefined) {
      throw new Error(`Cannot run '${operation}' in ${this.#name}: ${error}`);
    }
    return figures;
  }

  /** Sends a signal; a process that is gone already is not an error. */
  kill(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
    }
  }

  /** Ends the child: end of stdin and SIGTERM, SIGKILL when that does not help. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close().catch(() => {});
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#process.status;
    clearTimeout(timer);
    running.delete(this);
    await this.#lines.cancel();
    await this.#stderrDone;
  }

  async #untilReady(ready: (signal: AbortSignal) => Promise<string>): Promise<string> {
    const stop = new AbortController();
    const ended = this.#process.status.then(async () => {
      throw await this.#failure("it ended before it was ready");
    });
    try {
      const first = Promise.race([ready(stop.signal), ended]);
      return await this.#withTimeout(first, READY_TIMEOUT_MS, "get ready");
    } finally {
      stop.abort();
      ended.catch(() => {});
    }
  }

  async #keepStderr(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
    }
  }

  async #failure(reason: string): Promise<Error> {
    this.kill("SIGKILL");
    await this.#stderrDone;
    return new Error(`Cannot use ${this.#name}: ${reason}\n${this.#stderrTail}`.trimEnd());
  }

  async #withTimeout<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(async () => {
        reject(await this.#failure(`it did not ${what} within ${timeoutMs} ms`));
      }, timeoutMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
