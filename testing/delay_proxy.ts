/**
 * A TCP link with a round-trip time: a proxy that holds every byte back by a fixed time in each
 * direction without limiting the rate, and that can be cut or stalled.
 *
 * As a program it prints `READY port`:
 * `deno run -A testing/delay_proxy.ts 127.0.0.1:8080 25`
 */
import { DelayLane } from "./delay_lane.ts";
import { sayReady, stdinClosed } from "./ready.ts";

/** Which way bytes go: `up` from the one that dialled to the target, `down` back. */
export type Direction = "up" | "down";

/** What the link is like. */
export interface DelayProxyOptions {
  /** Host of the target; 127.0.0.1 if absent. */
  hostname?: string;
  /** Port of the target. */
  port: number;
  /** Time each byte takes in each direction, in milliseconds: half of the round trip. 0 if absent. */
  delayMs?: number;
  /**
   * Bytes that may be on their way in one direction of one connection; more wait at the sender. 64 MiB if
   * absent: above any window in use, so that it bounds memory and not the rate.
   */
  capacity?: number;
}

/** A connection with both its lanes. */
class Link {
  readonly lanes: Record<Direction, DelayLane>;

  constructor(
    readonly client: Deno.TcpConn,
    readonly target: Deno.TcpConn,
    options: Required<DelayProxyOptions>,
    count: (direction: Direction, bytes: number) => void,
  ) {
    client.setNoDelay(true);
    target.setNoDelay(true);
    this.lanes = {
      up: new DelayLane(client, target, options, (bytes) => count("up", bytes)),
      down: new DelayLane(target, client, options, (bytes) => count("down", bytes)),
    };
  }

  async run(): Promise<void> {
    const runs = [this.lanes.up.run(), this.lanes.down.run()];
    await Promise.all(runs).catch(() => {});
    this.cut();
    await Promise.allSettled(runs);
  }

  cut(): void {
    this.lanes.up.end();
    this.lanes.down.end();
    closeQuietly(this.client);
    closeQuietly(this.target);
  }
}

/** A running proxy, see {@linkcode DelayProxy.start}. */
export class DelayProxy implements AsyncDisposable {
  #listener: Deno.TcpListener;
  #options: Required<DelayProxyOptions>;
  #links = new Set<Link>();
  #stalled: Record<Direction, boolean> = { up: false, down: false };
  #carried: Record<Direction, number> = { up: 0, down: 0 };
  #closed = false;
  #accepting: Promise<void>;

  private constructor(options: DelayProxyOptions) {
    this.#options = { hostname: "127.0.0.1", delayMs: 0, capacity: 64 << 20, ...options };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  /** Starts one on a free port of 127.0.0.1. */
  static start(options: DelayProxyOptions): DelayProxy {
    return new DelayProxy(options);
  }

  /** Where to connect to instead of the target. */
  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** Connections that pass through it now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Bytes delivered so far in a direction, over all connections. */
  carried(direction: Direction): number {
    return this.#carried[direction];
  }

  /** Holds everything in one direction; what is sent meanwhile waits, nothing is lost. */
  stall(direction: Direction): void {
    this.#stalled[direction] = true;
    for (const link of this.#links) link.lanes[direction].flow.close();
  }

  /** Ends {@linkcode DelayProxy.stall}. */
  resume(direction: Direction): void {
    this.#stalled[direction] = false;
    for (const link of this.#links) link.lanes[direction].flow.open();
  }

  /** Drops every connection at once, with all that is on its way; new ones are accepted as before. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  async #accept(): Promise<void> {
    const links = new Set<Promise<void>>();
    for await (const client of this.#listener) {
      const link = this.#carry(client);
      links.add(link);
      link.then(() => links.delete(link));
    }
    await Promise.all(links);
  }

  async #carry(client: Deno.TcpConn): Promise<void> {
    const { hostname, port } = this.#options;
    const target = await Deno.connect({ hostname, port }).catch(() => undefined);
    if (target === undefined) return closeQuietly(client);
    const link = new Link(client, target, this.#options, (direction, bytes) => {
      this.#carried[direction] += bytes;
    });
    for (const direction of ["up", "down"] as const) {
      if (this.#stalled[direction]) link.lanes[direction].flow.close();
    }
    this.#links.add(link);
    if (this.#closed) link.cut();
    await link.run();
    this.#links.delete(link);
  }

  /** Drops every connection and stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    this.cut();
    await this.#accepting;
  }
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}

if (import.meta.main) {
  const [target, delay = "0"] = Deno.args;
  const at = target.lastIndexOf(":");
  await using proxy = DelayProxy.start({
    hostname: target.slice(0, at),
    port: Number(target.slice(at + 1)),
    delayMs: Number(delay),
  });
  sayReady(proxy.port);
  await stdinClosed();
}
