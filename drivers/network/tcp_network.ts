import type { DriverCall, DriverMethods } from "@jumpstarter/core/driver";
import { type Duplex, duplexFromConn } from "@jumpstarter/core/stream";
import type { NetworkInterface } from "@jumpstarter/proto/driver/network/v1";
import { connectTcp } from "./connect_tcp.ts";
import { addressOf } from "./published_address.ts";

/** Where a device's server listens. */
export interface HostNetworkOptions {
  /** A name, or an address without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Whether clients may ask for the address. True unless told. */
  readonly enableAddress?: boolean;
}

/** Options, or what finds them when they are needed: a port that is known only once the device is on, say. */
export type Late<T> = T | (() => T | Promise<T>);

/** What a {@linkcode Late} value is now. */
export async function nowOf<T extends object>(value: Late<T>): Promise<T> {
  return typeof value === "function" ? await (value as () => T | Promise<T>)() : value;
}

/** A TCP server that the exporter can reach. */
export class TcpNetworkDriver implements DriverMethods<typeof NetworkInterface> {
  readonly #options: Late<HostNetworkOptions>;

  /** A driver for one server. */
  constructor(options: Late<HostNetworkOptions>) {
    this.#options = options;
  }

  /** Makes a connection. A half-close ends one direction. */
  async connect(call: DriverCall): Promise<Duplex> {
    const { host, port } = await nowOf(this.#options);
    return duplexFromConn(await connectTcp(host, port, call.signal));
  }

  /** The address, its host looked up. */
  async address(): Promise<{ address: string }> {
    return { address: await addressOf("tcp", await nowOf(this.#options)) };
  }
}
