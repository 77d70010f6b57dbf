import { Code, ConnectError } from "@connectrpc/connect";
import type { DriverContext } from "@jumpstarter/core/driver";
import type { SerialHub } from "../pyserial/mod.ts";
import { type Acceleration, accelerationOf } from "./acceleration.ts";
import { writeCloudInit } from "./cloud_init.ts";
import { type BoardPlan, qemuArguments } from "./command_line.ts";
import type { QemuConfig } from "./config.ts";
import { growDisk, inspectDisk } from "./disk.ts";
import { Partitions } from "./partitions.ts";
import { PowerMachine } from "./power_machine.ts";
import { memoryArgument, parseSize } from "./size.ts";
import type { MachineEnd } from "./qemu_process.ts";
import { untilAborted } from "./until_aborted.ts";
import { VirtualMachine } from "./virtual_machine.ts";
import type { WorkDir } from "./work_dir.ts";

/** What a {@linkcode Board} is made of. */
export interface BoardParts {
  /** Its configuration. */
  readonly config: QemuConfig;
  /** The driver's identity, and its logger. */
  readonly context: Pick<DriverContext, "uuid" | "log">;
  /** Where its images and sockets are. */
  readonly workDir: WorkDir;
  /** Who reads its serial port. */
  readonly serial: SerialHub;
  /** Its address on AF_VSOCK, where the host has it. */
  readonly vsockCid?: number;
}

/** A virtual board: its images, its sizes, and the QEMU that runs it while it is on. */
export class Board {
  /** Its power switch. */
  readonly power: PowerMachine<VirtualMachine>;
  /** Its images. */
  readonly partitions: Partitions;
  /** How it ran last. */
  acceleration: Acceleration | undefined;
  /** Why it went off, if nobody switched it off. */
  ended: string | undefined;
  readonly #parts: BoardParts;
  readonly #sockets: BoardPlan["sockets"];
  #reading: Promise<void> = Promise.resolve();
  #ports: ReadonlyMap<number, number> = new Map();
  #diskBytes: number | undefined;
  #memory: string;

  /** A board that is off. */
  constructor(parts: BoardParts) {
    this.#parts = parts;
    const { config, workDir } = parts;
    this.partitions = new Partitions(workDir.path, config.default_partitions);
    this.#sockets = {
      qmp: workDir.file("qmp"),
      serial: workDir.file("serial.sock"),
      vnc: workDir.file("vnc"),
    };
    this.#memory = memoryArgument(config.mem);
    if (typeof config.disk_size === "string") this.setDiskSize(config.disk_size);
    this.power = new PowerMachine({
      start: (signal) => this.#start(signal),
      onEnd: (end) => this.#onEnd(end),
    });
  }

  /** The socket on which QEMU serves VNC while the board is on. */
  get vncPath(): string {
    return this.#sockets.vnc;
  }

  /** Makes the root disk that large from the next start. @throws {RangeError} if it is no size */
  setDiskSize(size: string): void {
    this.#diskBytes = parseSize(size);
  }

  /** Gives the guest that much memory from the next start. @throws {RangeError} if it is no size */
  setMemorySize(size: string): void {
    this.#memory = memoryArgument(size);
  }

  /**
   * The port of the host that leads to a port of the guest.
   *
   * @throws {ConnectError} UNAVAILABLE if it is only chosen when the board is on
   */
  hostPort(name: string): number {
    const { hostport, guestport } = this.#parts.config.hostfwd[name];
    const port = hostport !== 0 ? hostport : this.#ports.get(guestport);
    if (port !== undefined) return port;
    const text = `Cannot use port forward '${name}': its port is chosen at power on: power is off`;
    throw new ConnectError(text, Code.Unavailable);
  }

  async #start(signal: AbortSignal): Promise<VirtualMachine> {
    const { config, context: { log }, serial, workDir } = this.#parts;
    // The serial port of the machine before may have ended a little later than that.
    await untilAborted(this.#reading, signal);
    const plan = await this.#plan(signal);
    const machine = await VirtualMachine.start({
      program: `qemu-system-${config.arch}`,
      args: qemuArguments(plan),
      workDir,
      sockets: this.#sockets,
      temporary: [plan.cloudInit],
      signal,
    });
    machine.ended.then(() => this.#ports = new Map());
    // Why the serial port is gone is told by how QEMU ended.
    this.#reading = serial.attach(machine.serial).catch(() => {});
    try {
      this.#ports = plan.forwards.some(({ hostport }) => hostport === 0)
        ? await machine.forwardedPorts(signal)
        : new Map();
      await machine.run(signal);
    } catch (error) {
      throw await machine.fail(error);
    }
    this.ended = undefined;
    log.info(`QEMU runs, process ${machine.pid}, ${describe(this.acceleration!)}`);
    return machine;
  }

  async #plan(signal: AbortSignal): Promise<BoardPlan> {
    const { config, context, vsockCid, workDir } = this.#parts;
    const { partitions } = this;
    const bios = await partitions.find("bios");
    const code = await partitions.find("OVMF_CODE.fd");
    const variables = await partitions.find("OVMF_VARS.fd");
    const path = await partitions.find("root");
    let root: BoardPlan["root"];
    if (path !== undefined) {
      const disk = await inspectDisk(path, signal);
      if (this.#diskBytes !== undefined) await growDisk(path, disk, this.#diskBytes, signal);
      root = { ...disk, path };
    }
    this.acceleration = await accelerationOf(config.arch);
    const cloudInit = workDir.file("cidata");
    await writeCloudInit(cloudInit, context.uuid, config);
    return {
      arch: config.arch,
      kvm: this.acceleration.kvm,
      cpu: config.cpu ?? undefined,
      smp: config.smp,
      memory: this.#memory,
      sockets: this.#sockets,
      forwards: Object.values(config.hostfwd),
      vsockCid,
      bios,
      ovmf: code !== undefined && variables !== undefined ? { code, variables } : undefined,
      root,
      cloudInit,
    };
  }

  #onEnd({ inOrder, reason }: MachineEnd): void {
    const { context: { log }, serial } = this.#parts;
    this.ended = reason;
    if (inOrder) return log.info(`Power is off: ${reason}`);
    log.error(`Power is off: ${reason}`);
    serial.failStreams(new ConnectError(`The board has crashed: ${reason}`, Code.Unavailable));
  }
}

/** How a board runs, in words. */
export function describe({ kvm, reason }: Acceleration): string {
  return kvm ? `kvm: ${reason}` : `emulated: ${reason}`;
}
