import { openPty, type OpenPtyOptions, type Pty } from "./pty.ts";

/** What {@linkcode spawnOnPty} takes. */
export interface PtyProcessOptions extends OpenPtyOptions {
  /** Arguments. */
  args?: readonly string[];
  /** Its whole environment; that of this process unless told. */
  env?: Readonly<Record<string, string>>;
  /** Its working folder. */
  cwd?: string | URL;
}

/** A program whose standard input, output and error are a terminal of its own. */
export interface PtyProcess {
  /** Our end of its terminal: what it prints is read here. Close it when done. */
  readonly pty: Pty;
  /** Its process id, which is also the id of its process group and of its session. */
  readonly pid: number;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** Sends a signal to it and to all the programs of its group. Whether there was anyone left to get it. */
  signalGroup(signal: Deno.Signal): boolean;
}

/** Opens the terminal `$0` as standard streams: a session's first process that opens one gets it as controlling terminal. */
const TAKE_TERMINAL = `exec "$@" <"$0" >"$0" 2>&1`;

/**
 * Starts a program in a session of its own, with a new pseudo-terminal as its controlling terminal.
 *
 * The reading side of the terminal ends when the program and all that it started have closed it. What was printed before
 * is read first.
 *
 * @param command a program, looked for on `PATH`. One that is missing ends with code 127.
 */
export function spawnOnPty(command: string, options: PtyProcessOptions = {}): PtyProcess {
  // Kept open until the program has it: otherwise there could be nobody at the other end yet.
  const pty = openPty({ ...options, keepOpen: true });
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("/bin/sh", {
      args: ["-c", TAKE_TERMINAL, pty.path, command, ...options.args ?? []],
      env: options.env === undefined ? undefined : { ...options.env },
      clearEnv: options.env !== undefined,
      cwd: options.cwd,
      detached: true, // in a session of its own, on both versions of Deno that we run on
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    pty.close();
    throw error;
  }
  const status = child.status.finally(() => {
    if (!options.keepOpen) pty.release();
  });
  return {
    pty,
    pid: child.pid,
    status,
    signalGroup: (signal) => signalGroup(child.pid, signal),
  };
}

function signalGroup(group: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(-group, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof TypeError) return false;
    throw error;
  }
}
