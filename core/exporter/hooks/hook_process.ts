import type { HookCommand } from "./hook_command.ts";
import { type HookProgram, startOnPipes, startOnTerminal } from "./hook_program.ts";
import { OutputLines } from "./output_lines.ts";

/** How a hook ended. */
export type HookEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "timedOut" }
  | { readonly kind: "stopped" };

/** What {@linkcode runHookProcess} takes. */
export interface HookProcessOptions {
  /** Its whole environment. */
  env: Readonly<Record<string, string>>;
  /** How long it may take, in ms. */
  timeoutMs: number;
  /** Gets each line that it prints. */
  onLine: (line: string) => void;
  /** Whether it gets a terminal. Default: where we can make one, on Linux. */
  terminal?: boolean;
  /** Ends it as if its time were over. */
  signal?: AbortSignal;
  /** Ends it without any grace. */
  force?: AbortSignal;
  /** Time between SIGTERM and SIGKILL, in ms. Default 5 s. */
  graceMs?: number;
}

/** Time between SIGTERM and SIGKILL, in ms (core-spec §7.7). */
const TERM_GRACE_MS = 5_000;

/** Output after the end, from programs left in the background: all of it is read, but only for so long… (core-spec §7.7) */
const DRAIN_MS = 2_000;
/** …and only while something comes at least this often, in ms. */
const DRAIN_QUIET_MS = 1_000;

/**
 * Runs a hook on a terminal of its own and waits for its end. When time is up it is ended with all the programs of its
 * process group; what it left running after ending by itself is left alone.
 *
 * @throws {Error} when it cannot be started
 */
export async function runHookProcess(
  command: HookCommand,
  options: HookProcessOptions,
): Promise<HookEnd> {
  const { env, timeoutMs, onLine, signal, force, graceMs = TERM_GRACE_MS } = options;
  if (signal?.aborted || force?.aborted) return { kind: "stopped" };
  const onTerminal = options.terminal ?? Deno.build.os === "linux";
  const program = onTerminal ? startOnTerminal(command, env) : startOnPipes(command, env);
  const output = new HookOutput(program, onLine);
  const tooLate = Promise.withResolvers<HookEnd>();
  const stop = (): void => tooLate.resolve({ kind: "stopped" });
  // Longer than timers can wait for (24.8 days) is for ever.
  const timer = timeoutMs < 2 ** 31
    ? setTimeout(() => tooLate.resolve({ kind: "timedOut" }), timeoutMs)
    : undefined;
  signal?.addEventListener("abort", stop, { once: true });
  force?.addEventListener("abort", stop, { once: true });
  try {
    const end = await Promise.race([program.status.then(exitOf), tooLate.promise]);
    if (end.kind === "exited") await output.drain();
    else await endGroup(program, output, graceMs, force);
    return end;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    force?.removeEventListener("abort", stop);
    await output.close();
  }
}

/** Like Python: a signal is a negative number. */
function exitOf({ code, signal }: Deno.CommandStatus): HookEnd {
  return { kind: "exited", code: signal === null ? code : 128 - code };
}

/** SIGTERM, and SIGKILL for those that are left when the time is up. */
async function endGroup(
  program: HookProgram,
  output: HookOutput,
  graceMs: number,
  force: AbortSignal | undefined,
): Promise<void> {
  if (!force?.aborted) {
    program.signalGroup("SIGTERM");
    // Both: the shell may be gone while what it started still writes.
    await within(graceMs, Promise.all([program.status, output.ended]), force);
  }
  program.signalGroup("SIGKILL");
  // One that hangs in the kernel does not end even so.
  await within(graceMs, program.status);
  await output.drain();
}

/** Reads what a hook prints. */
class HookOutput {
  /** Resolves when nobody is left who could print. */
  readonly ended: Promise<void>;
  readonly #program: HookProgram;
  #lastAt = performance.now();

  constructor(program: HookProgram, onLine: (line: string) => void) {
    this.#program = program;
    this.ended = this.#read(new OutputLines(onLine));
  }

  async #read(lines: OutputLines): Promise<void> {
    for await (const bytes of this.#program.readable) {
      this.#lastAt = performance.now();
      lines.push(bytes);
    }
    lines.end();
  }

  /** Waits for the end of the output, though not for programs that live on in the background. */
  async drain(): Promise<void> {
    const until = performance.now() + DRAIN_MS;
    this.#lastAt = performance.now();
    for (;;) {
      const now = performance.now();
      const wait = Math.min(until, this.#lastAt + DRAIN_QUIET_MS) - now;
      if (wait <= 0 || await within(wait, this.ended)) return;
    }
  }

  async close(): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    await this.ended;
  }
}

/** Waits for `done`, `ms` at most, or for the signal. Whether it was done. */
async function within(ms: number, done: Promise<unknown>, signal?: AbortSignal): Promise<boolean> {
  const over = Promise.withResolvers<boolean>();
  const giveUp = (): void => over.resolve(false);
  const timer = setTimeout(giveUp, ms);
  signal?.addEventListener("abort", giveUp, { once: true });
  if (signal?.aborted) giveUp();
  try {
    return await Promise.race([done.then(() => true), over.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}
