import type { DriverCall, DriverMethods } from "@jumpstarter/core/driver";
import type { Duplex } from "@jumpstarter/core/stream";
import type { NetworkInterface } from "@jumpstarter/proto/driver/network/v1";
import { connectFailure } from "./connect_failure.ts";
import { checkAddressEnabled } from "./published_address.ts";
import { type Late, nowOf } from "./tcp_network.ts";

/** A WebSocket server. */
export interface WebsocketNetworkOptions {
  /** `ws://` or `wss://`. */
  readonly url: string;
  /** Whether clients may ask for the URL. True unless told. */
  readonly enableAddress?: boolean;
}

/** A WebSocket server that the exporter can reach. One chunk is one binary message. */
export class WebsocketNetworkDriver implements DriverMethods<typeof NetworkInterface> {
  readonly #options: Late<WebsocketNetworkOptions>;

  /** A driver for one URL. */
  constructor(options: Late<WebsocketNetworkOptions>) {
    this.#options = options;
  }

  /** Makes a connection. Text that comes is passed on as its UTF-8. */
  async connect(call: DriverCall): Promise<Duplex> {
    const { url } = await nowOf(this.#options);
    const { connectWebSocket } = await import("./websocket_duplex.ts");
    try {
      return await connectWebSocket(url, call.signal);
    } catch (error) {
      call.signal.throwIfAborted();
      throw connectFailure(url.replace(/\?.*/s, "?…"), error);
    }
  }

  /** The URL, as the exporter's file has it. */
  async address(): Promise<{ address: string }> {
    const { url, enableAddress } = await nowOf(this.#options);
    checkAddressEnabled(enableAddress);
    return { address: url };
  }
}
