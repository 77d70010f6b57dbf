import { QmpError, type QmpEvent } from "./qmp.ts";
import type { WorkDir } from "./work_dir.ts";

/** How a virtual machine ended. */
export interface MachineEnd {
  /** Whether QEMU ended in order: it was told to, or the guest switched itself off. */
  readonly inOrder: boolean;
  /** What happened, with the last lines that QEMU wrote if it was not in order. */
  readonly reason: string;
}

/** What starts a machine. */
export interface MachineStart {
  /** The program, such as `qemu-system-aarch64`. */
  readonly program: string;
  /** Its arguments. They connect it to the two sockets, and let it wait (`-S`). */
  readonly args: readonly string[];
  /** Where it runs: the folder whose guard ends it if this process cannot. */
  readonly workDir: WorkDir;
  /** The monitor's and the serial port's socket, to which it connects; the one for VNC, which it makes. */
  readonly sockets: { readonly qmp: string; readonly serial: string; readonly vnc: string };
  /** What else is removed when it has ended. */
  readonly temporary: readonly string[];
  /** Gives up starting; the signal's reason is the error. */
  readonly signal: AbortSignal;
}

/** QEMU cannot be started, or ended when it should not have. */
export class QemuError extends Error {
  override readonly name = "QemuError";
}

/** How long QEMU may take from SIGTERM to its end, in ms, before it gets SIGKILL. As upstream. */
const TERM_MS = 5_000;
/** How long QEMU may take from closing its monitor to its end, in ms. */
const LAST_WORDS_MS = 5_000;

/** The lines of QEMU's that are kept for messages, and the characters. */
const KEPT_LINES = 10;
const KEPT_CHARACTERS = 4_000;

/** QEMU as a process: its end, and what it says. */
export class QemuProcess {
  /** Resolves when it has ended and nothing of it is left. */
  readonly ended: Promise<MachineEnd>;
  readonly #child: Deno.ChildProcess;
  readonly #said: Promise<string>;
  #shutdown: string | undefined;
  #stopped = false;

  private constructor(child: Deno.ChildProcess, options: MachineStart) {
    this.#child = child;
    this.#said = lastWords(child.stderr);
    this.ended = this.#end(options);
  }

  /** Starts it. @throws {QemuError} if it is not installed */
  static spawn(options: MachineStart): QemuProcess {
    const { program, args, workDir } = options;
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(program, {
        args: [...args],
        cwd: workDir.path,
        // Ctrl-C in the exporter's terminal is for the exporter: it switches the board off when hooks are done.
        detached: true,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new QemuError(`Cannot start QEMU: '${program}' is not installed`);
    }
    const process = new QemuProcess(child, options);
    workDir.watch(child.pid);
    return process;
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Takes what it says of itself. */
  hear({ event, data }: QmpEvent): void {
    if (event === "SHUTDOWN") this.#shutdown = String(data?.reason ?? "");
  }

  /** An error of the monitor's is often QEMU's end, seen from there: then why that came. */
  async explain(error: unknown): Promise<unknown> {
    if (!(error instanceof QmpError)) return error;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, LAST_WORDS_MS));
    const end = await Promise.race([this.ended, late]);
    clearTimeout(timer);
    return end ? new QemuError(end.reason) : error;
  }

  /** SIGTERM, after 5 s SIGKILL; resolves when it has ended. */
  async stop(): Promise<MachineEnd> {
    this.#stopped = true;
    this.#kill("SIGTERM");
    const timer = setTimeout(() => this.#kill("SIGKILL"), TERM_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended.
    }
  }

  async #end({ workDir, sockets, temporary }: MachineStart): Promise<MachineEnd> {
    const [status, words] = await Promise.all([this.#child.status, this.#said]);
    workDir.watch(undefined);
    await removeAll([...Object.values(sockets), ...temporary]);
    if (this.#stopped) return { inOrder: true, reason: "it was switched off" };
    const reason = this.#shutdown?.startsWith("guest")
      ? "the guest switched itself off"
      : "QEMU ended";
    if (status.success) return { inOrder: true, reason };
    const how = status.signal ? `was ended by ${status.signal}` : `ended with code ${status.code}`;
    const details = words === "" ? "it said nothing" : `its last lines are\n${words}`;
    return { inOrder: false, reason: `QEMU ${how}: ${details}` };
  }
}

async function lastWords(stderr: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stderr) {
    text = (text + decoder.decode(chunk, { stream: true })).slice(-KEPT_CHARACTERS);
  }
  return text.trim().split("\n").slice(-KEPT_LINES).join("\n");
}

/** Removes files and folders; those that are not there are no error. */
export async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await Deno.remove(path, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}
