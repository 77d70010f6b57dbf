import { spawnOnPty } from "../../tty/mod.ts";
import type { HookCommand } from "./hook_command.ts";

/** A hook that runs: a session, or at least a process group, of its own. */
export interface HookProgram extends AsyncDisposable {
  /** What it prints, standard error included. Ends when nobody is left who could print. */
  readonly readable: ReadableStream<Uint8Array>;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** Sends a signal to it and to all that it started. */
  signalGroup(signal: Deno.Signal): void;
  /** Reads no more; `readable` ends. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a hook on a terminal, so that its output comes line by line. */
export function startOnTerminal(
  { interpreter, args }: HookCommand,
  env: Readonly<Record<string, string>>,
): HookProgram {
  const { pty, status, signalGroup } = spawnOnPty(interpreter, { args, env });
  return {
    readable: pty.readable,
    status,
    signalGroup,
    [Symbol.asyncDispose]: () => pty[Symbol.asyncDispose](),
  };
}

/** Starts a hook on pipes, where we cannot make terminals: programs may hold output back until they end. */
export function startOnPipes(
  { interpreter, args }: HookCommand,
  env: Readonly<Record<string, string>>,
): HookProgram {
  const child = new Deno.Command(interpreter, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const readers = [child.stdout, child.stderr].map((stream) => stream.getReader());
  const readable = new ReadableStream<Uint8Array>({
    async start(controller): Promise<void> {
      await Promise.all(readers.map(async (reader) => {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) return;
          controller.enqueue(value);
        }
      }));
      controller.close();
    },
  });
  return {
    readable,
    status: child.status,
    signalGroup: (signal) => signalGroup(child.pid, signal),
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(readers.map((reader) => reader.cancel()));
    },
  };
}

function signalGroup(group: number, signal: Deno.Signal): void {
  try {
    Deno.kill(Deno.build.os === "windows" ? group : -group, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
  }
}
