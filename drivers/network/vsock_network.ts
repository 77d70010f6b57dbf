import type { DriverCall, DriverMethods } from "@jumpstarter/core/driver";
import type { Duplex } from "@jumpstarter/core/stream";
import type { NetworkInterface } from "@jumpstarter/proto/driver/network/v1";
import { type Late, nowOf } from "./tcp_network.ts";

/** A port of a virtual machine, or of its host. */
export interface VsockNetworkOptions {
  /** The machine's context id: 2 is the host, guests have 3 and more (vsock(7)). */
  readonly cid: number;
  /** 0 to 2^32 - 1. */
  readonly port: number;
}

/** `AF_VSOCK` of Linux. */
const AF_VSOCK = 40;

/** A server in a virtual machine of the exporter's, on a vsock (`SOCK_STREAM`). Linux only. */
export class VsockNetworkDriver implements DriverMethods<typeof NetworkInterface> {
  readonly #options: Late<VsockNetworkOptions>;

  /** A driver for one port. */
  constructor(options: Late<VsockNetworkOptions>) {
    this.#options = options;
  }

  /** Makes a connection. A half-close ends one direction. */
  async connect(call: DriverCall): Promise<Duplex> {
    const options = await nowOf(this.#options);
    const name = `vsock:${options.cid}:${options.port}`;
    const { connectSocket } = await import("./connect_socket.ts");
    return connectSocket(AF_VSOCK, vsockAddress(options), name, call.signal);
  }
}

/** `struct sockaddr_vm` of linux/vm_sockets.h: family, reserved, port, cid, flags and zeros; in the machine's order. */
export function vsockAddress({ cid, port }: VsockNetworkOptions): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  new Uint16Array(bytes.buffer)[0] = AF_VSOCK;
  const words = new Uint32Array(bytes.buffer);
  words[1] = port;
  words[2] = cid;
  return bytes;
}
