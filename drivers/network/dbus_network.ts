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

/** `AF_UNIX` of Linux. */
const AF_UNIX = 1;

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
        return await connectBus(server, call.signal);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

async function connectBus(server: DbusServer, signal: AbortSignal): Promise<Duplex> {
  switch (server.transport) {
    case "unix":
      return await connectUnix(server.path, signal);
    case "tcp":
      return duplexFromConn(await connectTcp(server.host, server.port, signal));
    case "abstract": {
      const { connectSocket } = await import("./connect_socket.ts");
      const address = abstractAddress(server.name);
      return await connectSocket(AF_UNIX, address, `unix:abstract=${server.name}`, signal);
    }
  }
}

/** `struct sockaddr_un` of unix(7): family, a zero byte, and the name to its end. */
function abstractAddress(name: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(`\0${name}`);
  const bytes = new Uint8Array(2 + text.length);
  new Uint16Array(bytes.buffer, 0, 1)[0] = AF_UNIX;
  bytes.set(text, 2);
  return bytes;
}
