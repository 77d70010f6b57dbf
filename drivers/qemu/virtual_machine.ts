import type { JsonObject } from "@bufbuild/protobuf";
import { type Duplex, duplexFromConn } from "@jumpstarter/core/stream";
import { QmpClient, QmpError, type QmpEvent } from "./qmp.ts";
import { untilAborted } from "./until_aborted.ts";
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
const LAST_WORDS_MS = 1_000;

/** The lines of QEMU's that are kept for messages, and the characters. */
const KEPT_LINES = 10;
const KEPT_CHARACTERS = 4_000;

/** One QEMU process: connected to its monitor and its serial port. */
export class VirtualMachine {
  /** Its monitor. */
  readonly qmp: QmpClient;
  /** Its serial port. Reading holds nothing up but the guest. */
  readonly serial: Duplex;
  readonly #process: QemuProcess;

  private constructor(process: QemuProcess, qmp: QmpClient, serial: Duplex) {
    this.#process = process;
    this.qmp = qmp;
    this.serial = serial;
  }

  /** Resolves when it has ended, however that came. Nothing of it is left then. */
  get ended(): Promise<MachineEnd> {
    return this.#process.ended;
  }

  /** Process id of QEMU. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Starts one; its processors wait until {@linkcode VirtualMachine.run}.
   *
   * @throws {QemuError} with QEMU's own words if it does not come up
   */
  static async start(options: MachineStart): Promise<VirtualMachine> {
    const { sockets, signal } = options;
    await removeSockets(sockets);
    using qmpDoor = Deno.listen({ transport: "unix", path: sockets.qmp });
    using serialDoor = Deno.listen({ transport: "unix", path: sockets.serial });
    const process = QemuProcess.spawn(options);
    const opened: { close(): void }[] = [];
    const accept = async (door: Deno.UnixListener): Promise<Deno.UnixConn> => {
      const conn = await door.accept();
      opened.push(conn);
      return conn;
    };
    const connections = Promise.all([accept(qmpDoor), accept(serialDoor)]);
    connections.catch(() => {});
    const early = process.ended.then(({ reason }) => {
      throw new QemuError(reason);
    });
    early.catch(() => {});
    try {
      const [qmpConn, serialConn] = await untilAborted(Promise.race([connections, early]), signal);
      const onEvent = (event: QmpEvent): void => process.hear(event);
      const opening = QmpClient.open(qmpConn, onEvent, { signal });
      opening.catch(() => {});
      const qmp = await Promise.race([opening, early]);
      return new VirtualMachine(process, qmp, duplexFromConn(serialConn));
    } catch (error) {
      const reason = await process.explain(error);
      await process.stop();
      for (const conn of opened) closeQuietly(conn);
      throw reason;
    }
  }

  /** Lets the guest run. */
  async run(signal: AbortSignal): Promise<void> {
    await this.qmp.execute("cont", {}, { signal });
  }

  /** The ports of the host that lead into the guest, by the guest's port. QEMU may have chosen them. */
  async forwardedPorts(signal: AbortSignal): Promise<Map<number, number>> {
    const args: JsonObject = { "command-line": "info usernet" };
    const table = String(await this.qmp.execute("human-monitor-command", args, { signal }));
    // Protocol[State] fd source-address port destination-address port …
    const row = /^\s*TCP\[HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)/gm;
    return new Map(
      [...table.matchAll(row)].map(([, host, guest]) => [Number(guest), Number(host)]),
    );
  }

  /** Ends it after something failed; resolves to why: if QEMU ended, in its own words. */
  async fail(error: unknown): Promise<unknown> {
    const reason = await this.#process.explain(error);
    await this.stop();
    return reason;
  }

  /** Ends it: SIGTERM, after 5 s SIGKILL. Resolves when it has ended. */
  async stop(): Promise<MachineEnd> {
    const end = await this.#process.stop();
    this.qmp.close();
    return end;
  }
}

/** QEMU as a process: its end, and what it says. */
class QemuProcess {
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

  static spawn(options: MachineStart): QemuProcess {
    const { program, args, workDir } = options;
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(program, {
        args: [...args],
        cwd: workDir.path,
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

  get pid(): number {
    return this.#child.pid;
  }

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

  async #end({ workDir, sockets }: MachineStart): Promise<MachineEnd> {
    const [status, words] = await Promise.all([this.#child.status, this.#said]);
    workDir.watch(undefined);
    await removeSockets(sockets);
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

async function removeSockets(sockets: MachineStart["sockets"]): Promise<void> {
  for (const path of Object.values(sockets)) {
    await Deno.remove(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

function closeQuietly(conn: { close(): void }): void {
  try {
    conn.close();
  } catch {
    // Its streams have ended it.
  }
}
