import { NetworkClient } from "./client.ts";
import { DBUS_KIND_LABEL, DBUS_VARIABLE, type DbusKind } from "./dbus_address.ts";
import { forwardTcp, type PortForward } from "./forward.ts";
import type { ForwardOptions } from "./stream_opener.ts";

/** A bus of the exporter's machine, for programs of this one. */
export interface DbusForward extends PortForward {
  /** The variable that programs look at: `DBUS_SESSION_BUS_ADDRESS`, for one. */
  readonly variable: string;
  /** Its value: `tcp:host=127.0.0.1,port=…`. */
  readonly busAddress: string;
}

/** The client of a message bus. */
export class DbusNetworkClient extends NetworkClient {
  /**
   * Which bus it is.
   *
   * @throws {TypeError} if the exporter does not say
   */
  get kind(): DbusKind {
    const kind = this.node.labels[DBUS_KIND_LABEL];
    if (kind === "system" || kind === "session") return kind;
    throw new TypeError(
      `Cannot tell which bus: label ${DBUS_KIND_LABEL} must be system or session: current value is '${kind}'`,
    );
  }

  /** Forwards the bus to a port of this machine. */
  forwardBus(options?: ForwardOptions): DbusForward {
    const forward = forwardTcp(this.node, options);
    const busAddress = `tcp:host=${forward.hostname},port=${forward.port}`;
    return { ...forward, variable: DBUS_VARIABLE[this.kind], busAddress };
  }

  /**
   * Runs with the bus forwarded and this process' environment pointing to it, and puts the environment back.
   *
   * @param use what to run: programs that it starts find the bus
   * @returns what `use` returns
   */
  async withBus<T>(
    use: (forward: DbusForward) => Promise<T>,
    options?: ForwardOptions,
  ): Promise<T> {
    await using forward = this.forwardBus(options);
    const before = Deno.env.get(forward.variable);
    Deno.env.set(forward.variable, forward.busAddress);
    try {
      return await use(forward);
    } finally {
      if (before === undefined) Deno.env.delete(forward.variable);
      else Deno.env.set(forward.variable, before);
    }
  }
}
