/**
 * Child processes for tests: started, awaited and always ended.
 *
 * A server that a test starts prints one line `READY word word …` (its port first) once it accepts
 * connections. The first word of that line is all a test ever waits for: nobody sleeps, nobody picks
 * a port beforehand.
 */

/** Longest output kept of one process, in characters; the oldest part goes first. */
const OUTPUT_LIMIT = 4 << 20;
/** How long a process may take from SIGTERM to its end before it gets SIGKILL, in milliseconds. */
const TERM_GRACE_MS = 2_000;

/** What a server of this repository prints, see `sayReady`. */
const READY_LINE = /^READY (.+?)\r?\n/m;

/** What a child process is started with. */
export interface ProcessOptions {
  /** Arguments. */
  args?: readonly string[];
  /** Working folder. */
  cwd?: string | URL;
  /** Environment, on top of the inherited one. */
  env?: Record<string, string>;
  /** Milliseconds until {@linkcode startProcess} gives up waiting, or {@linkcode runTool} kills; 30 s if absent. */
  deadlineMs?: number;
  /** What says that the process is ready; its groups become {@linkcode TestProcess.ready}. `READY …` if absent. */
  readyPattern?: RegExp;
}

/** What {@linkcode runTool} takes. */
export interface RunToolOptions extends ProcessOptions {
  /** Bytes for its standard input. */
  stdin?: Uint8Array;
}

/** How a program ended. */
export interface ToolResult {
  /** Exit code; 128 + signal for a killed one. */
  readonly code: number;
  /** Standard output as bytes. */
  readonly stdout: Uint8Array<ArrayBuffer>;
  /** Standard output and standard error as text, for messages. */
  readonly output: string;
}

/** A running child process; `await using` ends it. */
export class TestProcess implements AsyncDisposable {
  #child: Deno.ChildProcess;
  #output = "";
  #pumps: Promise<void>[];
  #ready = Promise.withResolvers<void>();
  #readyWords: readonly string[] | undefined;
  #stdin: WritableStreamDefaultWriter<Uint8Array>;

  /** Not called directly, see {@linkcode startProcess}. */
  constructor(child: Deno.ChildProcess, readyPattern: RegExp) {
    this.#child = child;
    this.#ready.promise.catch(() => {});
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    this.#pumps = [child.stdout, child.stderr].map((stream) => this.#collect(stream, readyPattern));
  }

  async #collect(stream: ReadableStream<Uint8Array>, readyPattern: RegExp): Promise<void> {
    const decoder = new TextDecoder();
    let seen = "";
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      this.#output = (this.#output + text).slice(-OUTPUT_LIMIT);
      if (this.#readyWords !== undefined) continue;
      seen += text;
      const match = readyPattern.exec(seen);
      if (match === null) continue;
      this.#readyWords = readyPattern === READY_LINE ? match[1].split(" ") : match.slice(1);
      this.#ready.resolve();
    }
  }

  /** What the process said when it was ready: the words after `READY`, or the groups of the pattern. */
  get ready(): readonly string[] {
    return this.#readyWords ?? [];
  }

  /** The port it listens on: the first word of {@linkcode ready}. */
  get port(): number {
    return Number(this.ready[0]);
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Everything it has printed so far, on both channels. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it has ended, however that came. */
  get status(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  /** Sends it a line on standard input. */
  async writeLine(line: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(line + "\n"));
  }

  /** Sends it a signal; nothing happens when it has ended already. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It ended by itself.
    }
  }

  /** Resolves at the READY line. @throws {Error} with its output when it ends or the deadline passes before. */
  async waitUntilReady(deadlineMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`no READY line after ${deadlineMs} ms`)),
        deadlineMs,
      );
    });
    const ended = this.#child.status.then(async (status) => {
      await Promise.all(this.#pumps);
      throw new Error(`it ended with code ${status.code}`);
    });
    try {
      await Promise.race([this.#ready.promise, late, ended]);
    } catch (cause) {
      await this[Symbol.asyncDispose]();
      throw new Error(
        `Cannot start process: ${(cause as Error).message}: output is\n${this.#output}`,
      );
    } finally {
      clearTimeout(timer);
      ended.catch(() => {});
    }
  }

  /** Ends it: closes its standard input, SIGTERM, after two seconds SIGKILL. Resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), TERM_GRACE_MS);
    await this.#stdin.close().catch(() => {});
    await this.#child.status;
    clearTimeout(timer);
    await Promise.all(this.#pumps);
  }
}

/**
 * Starts a server and waits until it says that it is ready.
 *
 * @param command Program, as a path.
 * @param options Arguments, environment and deadline.
 * @throws {Error} with all its output, when it ends or the deadline passes before it is ready.
 */
export async function startProcess(
  command: string,
  options: ProcessOptions = {},
): Promise<TestProcess> {
  const child = new Deno.Command(command, {
    args: [...options.args ?? []],
    cwd: options.cwd,
    env: options.env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const process = new TestProcess(child, options.readyPattern ?? READY_LINE);
  await process.waitUntilReady(options.deadlineMs ?? 30_000);
  return process;
}

/** Starts a program of this repository under the running Deno, see {@linkcode startProcess}. */
export function startDeno(script: URL, options: ProcessOptions = {}): Promise<TestProcess> {
  const args = ["run", "--quiet", "-A", script.href, ...options.args ?? []];
  return startProcess(Deno.execPath(), { ...options, args });
}

/**
 * Runs a program to its end.
 *
 * @throws {Error} with its output so far, when it is still running at the deadline; it is killed then.
 */
export async function runTool(command: string, options: RunToolOptions = {}): Promise<ToolResult> {
  const deadlineMs = options.deadlineMs ?? 30_000;
  const child = new Deno.Command(command, {
    args: [...options.args ?? []],
    cwd: options.cwd,
    env: options.env,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, deadlineMs);
  const feed = options.stdin === undefined
    ? undefined
    : new Blob([options.stdin as Uint8Array<ArrayBuffer>]).stream().pipeTo(child.stdin).catch(
      () => {},
    );
  const { code, stdout, stderr } = await child.output();
  await feed;
  clearTimeout(timer);
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  if (late) {
    throw new Error(
      `Cannot finish ${command}: still running after ${deadlineMs} ms: output is\n${output}`,
    );
  }
  return { code, stdout: stdout as Uint8Array<ArrayBuffer>, output };
}
