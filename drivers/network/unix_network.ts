import type { DriverCall, DriverMethods } from "@jumpstarter/core/driver";
import { type Duplex, duplexFromConn } from "@jumpstarter/core/stream";
import type { NetworkInterface } from "@jumpstarter/proto/driver/network/v1";
import { connectFailure } from "./connect_failure.ts";
import { type Late, nowOf } from "./tcp_network.ts";

/** A unix socket of the exporter's machine. */
export interface UnixNetworkOptions {
  /** The socket's path. */
  readonly path: string;
}

/** A server on a unix socket (`SOCK_STREAM`) of the exporter's machine. */
export class UnixNetworkDriver implements DriverMethods<typeof NetworkInterface> {
  readonly #options: Late<UnixNetworkOptions>;

  /** A driver for one socket. */
  constructor(options: Late<UnixNetworkOptions>) {
    this.#options = options;
  }

  /** Makes a connection. A half-close ends one direction. */
  async connect(call: DriverCall): Promise<Duplex> {
    const { path } = await nowOf(this.#options);
    return connectUnix(path, call.signal);
  }
}

/**
 * Connects to a unix socket.
 *
 * @throws {Error} that names the path, or the signal's reason
 */
export async function connectUnix(path: string, signal?: AbortSignal): Promise<Duplex> {
  signal?.throwIfAborted();
  try {
    return duplexFromConn(await Deno.connect({ transport: "unix", path }));
  } catch (error) {
    throw connectFailure(`unix:${path}`, error);
  }
}
