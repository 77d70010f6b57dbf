import { type CallOptions, DriverClient, type DriverNode } from "@jumpstarter/core/client";
import { QemuInterface } from "@jumpstarter/proto/driver/qemu/v1";
import type { TypedDriver } from "@jumpstarter/core/client";
import {
  NetworkClient,
  type NovncOptions,
  type NovncServer,
  type SshOptions,
  type SshSession,
} from "../network/mod.ts";
import { type FlashOciOptions, QemuFlasherClient } from "./flasher_client.ts";

/** How a virtual board is. */
export interface QemuStatus {
  /** Where its power stands. */
  readonly power: "off" | "starting" | "on" | "stopping";
  /** `kvm` or `emulated`, and why; once it was on. */
  readonly acceleration?: string;
  /** Process id of QEMU on the exporter's host, while it is on. */
  readonly pid?: number;
  /** Why it went off, if nobody switched it off: the guest did, or QEMU crashed, with its last lines. */
  readonly ended?: string;
}

/** A virtual board that QEMU runs. Its power, console, images and ports are children: `power`, `console`, `flasher` … */
export class QemuClient extends DriverClient {
  readonly #driver: TypedDriver<typeof QemuInterface> = this.node.typed(QemuInterface);

  /** The host name that cloud-init gives the guest. */
  async hostname(options?: CallOptions): Promise<string> {
    return (await this.#driver.getHostname({}, options)).hostname;
  }

  /** The user that cloud-init makes in the guest. */
  async username(options?: CallOptions): Promise<string> {
    return (await this.#driver.getUsername({}, options)).username;
  }

  /** The password of that user. */
  async password(options?: CallOptions): Promise<string> {
    return (await this.#driver.getPassword({}, options)).password;
  }

  /**
   * Makes the root disk that large from the next power on: `20G`, `20GB` (decimal). A disk can only grow.
   *
   * @throws {ConnectError} INVALID_ARGUMENT if it is no size
   */
  async setDiskSize(size: string, options?: CallOptions): Promise<void> {
    await this.#driver.setDiskSize({ size }, options);
  }

  /**
   * Gives the guest that much memory from the next power on: `512M`, `2G`.
   *
   * @throws {ConnectError} INVALID_ARGUMENT if it is no size
   */
  async setMemorySize(size: string, options?: CallOptions): Promise<void> {
    await this.#driver.setMemorySize({ size }, options);
  }

  /** How the board is. Ours: upstream's exporters do not tell. */
  async status(options?: CallOptions): Promise<QemuStatus> {
    const { power, acceleration, pid, ended } = await this.#driver.status({}, options);
    return { power: power as QemuStatus["power"], acceleration, pid, ended };
  }

  /** Writes an image from an OCI registry, see {@linkcode QemuFlasherClient.flashOci}. */
  async flashOci(url: string, options?: FlashOciOptions): Promise<void> {
    await new QemuFlasherClient(this.#child("flasher")).flashOci(url, options);
  }

  /** Serves a page with the board's screen on this machine. */
  novnc(options?: NovncOptions): Promise<NovncServer> {
    return new NetworkClient(this.#child("vnc")).novnc(options);
  }

  /** Logs in to the guest as the user that cloud-init made, where the exporter's host has vsock. */
  async ssh(options: Partial<SshOptions> = {}): Promise<SshSession> {
    const [username, password] = await Promise.all([this.username(), this.password()]);
    const account = { username, password, ...options } as SshOptions;
    return await new NetworkClient(this.#child("ssh")).ssh(account);
  }

  #child(name: string): DriverNode {
    const child = this.node.children.get(name);
    if (child !== undefined) return child;
    const known = [...this.node.children.keys()].join("', '");
    throw new Error(`Cannot use '${name}' of this board: it has none: it has '${known}'`);
  }
}
