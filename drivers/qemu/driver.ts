import {
  defineDriver,
  type DriverContext,
  type DriverDefinition,
  type DriverHooks,
  type DriverMethods,
  type DriverPart,
} from "@jumpstarter/core/driver";
import {
  QemuInterface,
  type QemuInterfaceSetDiskSizeRequest,
  type QemuInterfaceSetMemorySizeRequest,
} from "@jumpstarter/proto/driver/qemu/v1";
import { TcpNetwork, UnixNetwork, VsockNetwork } from "../network/internal_mod.ts";
import { TcpNetworkDriver, UnixNetworkDriver, VsockNetworkDriver } from "../network/mod.ts";
import { PySerial } from "../pyserial/internal_mod.ts";
import { PySerialDriver, SerialHub } from "../pyserial/mod.ts";
import { Board, describe } from "./board.ts";
import { type QemuConfig, qemuConfig } from "./config.ts";
import { flasherPart } from "./flasher.ts";
import { powerPart } from "./power.ts";
import { vsockCid } from "./vsock.ts";
import { WorkDir } from "./work_dir.ts";

/** A port that every guest's SSH server has. */
const SSH_PORT = 22;

/** A virtual board: what it is made of; power, console, images and networks are its parts. */
class QemuDriver implements DriverMethods<typeof QemuInterface>, DriverHooks {
  readonly parts: Readonly<Record<string, DriverPart>>;
  readonly #config: QemuConfig;
  readonly #board: Board;
  readonly #workDir: WorkDir;

  constructor(config: QemuConfig, context: DriverContext, workDir: WorkDir) {
    const { log } = context;
    const serial = new SerialHub({ name: "console of QEMU", log, firstSeesAll: true });
    const cid = vsockCid();
    const board = new Board({ config, context, workDir, serial, vsockCid: cid });
    this.#config = config;
    this.#board = board;
    this.#workDir = workDir;
    this.parts = {
      power: powerPart(board),
      flasher: flasherPart(board, config, workDir),
      console: {
        definition: PySerial,
        instance: new PySerialDriver(serial, { owned: serial }),
        description: "First serial port of the virtual board",
      },
      vnc: {
        definition: UnixNetwork,
        instance: new UnixNetworkDriver({ path: board.vncPath }),
        description: "Screen of the virtual board, over VNC",
      },
      ...cid === undefined ? {} : { ssh: sshPart(cid) },
      ...Object.fromEntries(
        Object.keys(config.hostfwd).map((name) => [
          name,
          forwardPart(board, name, config),
        ]),
      ),
    };
  }

  getHostname(): { hostname: string } {
    return { hostname: this.#config.hostname };
  }

  getUsername(): { username: string } {
    return { username: this.#config.username };
  }

  getPassword(): { password: string } {
    return { password: this.#config.password };
  }

  setDiskSize({ size }: QemuInterfaceSetDiskSizeRequest): void {
    this.#board.setDiskSize(size);
  }

  setMemorySize({ size }: QemuInterfaceSetMemorySizeRequest): void {
    this.#board.setMemorySize(size);
  }

  status(): { power: string; acceleration?: string; pid?: number; ended?: string } {
    const { acceleration, ended, power } = this.#board;
    return {
      power: power.state,
      acceleration: acceleration && describe(acceleration),
      pid: power.machine?.pid,
      ended,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#board.power.off();
    await this.#workDir[Symbol.asyncDispose]();
  }
}

function forwardPart(board: Board, name: string, { hostfwd }: QemuConfig): DriverPart {
  const { guestport, hostaddr } = hostfwd[name];
  const instance = new TcpNetworkDriver(() => ({ host: hostaddr, port: board.hostPort(name) }));
  return { definition: TcpNetwork, instance, description: `TCP port ${guestport} of the guest` };
}

function sshPart(cid: number): DriverPart {
  const instance = new VsockNetworkDriver({ cid, port: SSH_PORT });
  return { definition: VsockNetwork, instance, description: "SSH of the guest, over vsock" };
}

/** A virtual board that QEMU runs (drivers-b §4). */
export const Qemu: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_qemu.driver.Qemu",
  client: "jumpstarter_driver_qemu.client.QemuClient",
  interfaces: [QemuInterface],
  config: qemuConfig,
  async create(config, context): Promise<QemuDriver> {
    const workDir = await WorkDir.create();
    try {
      return new QemuDriver(config, context, workDir);
    } catch (error) {
      await workDir[Symbol.asyncDispose]();
      throw error;
    }
  },
});
