import type { JsonObject } from "@bufbuild/protobuf";
import { type Duplex, duplexFromConn } from "@jumpstarter/core/stream";
import {
  type MachineEnd,
  type MachineStart,
  QemuError,
  QemuProcess,
  removeAll,
} from "./qemu_process.ts";
import { QmpClient, type QmpEvent } from "./qmp.ts";
import { untilAborted } from "./until_aborted.ts";

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
    await removeAll(Object.values(sockets));
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

function closeQuietly(conn: { close(): void }): void {
  try {
    conn.close();
  } catch {
    // Its streams have ended it.
  }
}
