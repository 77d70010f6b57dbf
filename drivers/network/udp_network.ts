import type { DriverCall, DriverMethods } from "@jumpstarter/core/driver";
import type { Duplex } from "@jumpstarter/core/stream";
import type { NetworkInterface } from "@jumpstarter/proto/driver/network/v1";
import { connectFailure } from "./connect_failure.ts";
import { formatHostPort } from "./host_port.ts";
import { addressOf } from "./published_address.ts";
import { type HostNetworkOptions, type Late, nowOf } from "./tcp_network.ts";

/** A UDP server that the exporter can reach. One chunk is one datagram. */
export class UdpNetworkDriver implements DriverMethods<typeof NetworkInterface> {
  readonly #options: Late<HostNetworkOptions>;

  /** A driver for one server. */
  constructor(options: Late<HostNetworkOptions>) {
    this.#options = options;
  }

  /** Makes a socket of its own; the stream never ends by itself. */
  async connect(call: DriverCall): Promise<Duplex> {
    const { host, port } = await nowOf(this.#options);
    call.signal.throwIfAborted();
    const { connectUdp } = await import("./udp_socket.ts");
    try {
      return await connectUdp(host, port);
    } catch (error) {
      throw connectFailure(`udp://${formatHostPort(host, port)}`, error);
    }
  }

  /** The address, its host looked up. */
  async address(): Promise<{ address: string }> {
    return { address: await addressOf("udp", await nowOf(this.#options)) };
  }
}
