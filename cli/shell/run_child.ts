import type { ShellProgram } from "./shell_program.ts";

/** Signals that end the shell's session. Ctrl-C reaches the child too, from the terminal. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Exit code after a signal to this program (cli-spec §1.6). */
const SIGNALLED = 2;

/** How long the child may take after the signal before it is killed, in ms (ours). */
const END_GRACE_MS = 10_000;

/**
 * Runs a program with this one's terminal, or pipes. A signal to this program is passed on, and ends it.
 *
 * @returns the exit code: the program's own, 127 if there is none of its name, 126 if it cannot be run, 2 after a signal;
 * for a program that was killed 256 less the signal's number, as upstream's
 */
export async function runChild(
  { command, args, env }: ShellProgram,
  say: (line: string) => void,
): Promise<number> {
  let child: Deno.ChildProcess | undefined;
  let received: Deno.Signal | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      if (received !== undefined) return kill(child, "SIGKILL");
      received = name;
      say(name === "SIGINT" ? "SIGINT pressed, terminating" : `${name} received, terminating`);
      kill(child, name);
      timer = setTimeout(() => kill(child, "SIGKILL"), END_GRACE_MS);
    };
    Deno.addSignalListener(name, listener);
    return { name, listener };
  });
  // The listeners stand before the child does: one that says that it runs may be answered with a signal at once.
  try {
    const stdio = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
    child = new Deno.Command(command, { args: [...args], env: { ...env }, ...stdio }).spawn();
  } catch (error) {
    for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
    return cannotRun(command, error as Error, say);
  }
  try {
    const { code, signal } = await child.status;
    if (received !== undefined) return SIGNALLED;
    return signal === null ? code : 256 - (code - 128);
  } finally {
    clearTimeout(timer);
    for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
  }
}

function cannotRun(command: string, error: Error, say: (line: string) => void): number {
  if (error instanceof Deno.errors.NotFound) {
    say(`Error: command not found: ${command}`);
    return 127;
  }
  const reason = error instanceof Deno.errors.PermissionDenied
    ? `permission denied: ${command}`
    : `cannot execute ${command}: ${error.message}`;
  say(`Error: ${reason}`);
  return 126;
}

function kill(child: Deno.ChildProcess | undefined, signal: Deno.Signal): void {
  try {
    child?.kill(signal);
  } catch {
    // It has ended by itself.
  }
}
