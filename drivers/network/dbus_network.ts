import type { DriverCall, DriverHooks, DriverMethods } from "@jumpstarter/core/driver";
import { type Duplex, duplexFromConn } from "@jumpstarter/core/stream";
import type { NetworkInterface } from "@jumpstarter/proto/driver/network/v1";
import { connectTcp } from "./connect_tcp.ts";
import {
  DBUS_KIND_LABEL,
  type DbusKind,
  type DbusServer,
  localBusAddress,
  parseDbusAddress,
} from "./dbus_address.ts";
import { connectUnix } from "./unix_network.ts";

/** Which bus. */
export interface DbusNetworkOptions {
  /** `system` or `session`. */
  readonly kind: DbusKind;
}

/** A message bus of the exporter's machine. Authentication is between the client's program and the bus. */
export class DbusNetworkDriver implements DriverMethods<typeof NetworkInterface>, DriverHooks {
  readonly labels: Readonly<Record<string, string>>;
  readonly #servers: readonly DbusServer[];

  /**
   * A driver for the bus that the environment names now.
   *
   * @throws {SyntaxError} if the environment names none that can be connected to
   */
  constructor({ kind }: DbusNetworkOptions) {
    this.labels = { [DBUS_KIND_LABEL]: kind };
    this.#servers = parseDbusAddress(localBusAddress(kind));
  }

  /** Makes a connection to the first of the bus's addresses that answers. */
  async connect(call: DriverCall): Promise<Duplex> {
    let failure: unknown;
    for (const server of this.#servers) {
      try {
        if (server.transport === "unix") return await connectUnix(server.path, call.signal);
        return duplexFromConn(await connectTcp(server.host, server.port, call.signal));
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}
