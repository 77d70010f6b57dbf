import type { Http2Options, Http2Session, OnStream } from "../api.ts";
import { connectHttp2 } from "../client.ts";
import { serveHttp2 } from "../server.ts";
import { Bystander } from "./bystander.ts";
import { HandlerLedger } from "./handler_ledger.ts";
import { connectTcp } from "./tcp_pair.ts";

/** A server on a port of the loopback, for good and bad clients alike. */
export class TestServer implements AsyncDisposable {
  /** Sessions in the order they were accepted. */
  readonly sessions: Http2Session[] = [];
  /** Watches all handlers. */
  readonly ledger: HandlerLedger = new HandlerLedger();
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #accepting: Promise<void>;

  /** Starts to listen. */
  constructor(readonly onStream: OnStream, readonly options: Http2Options = {}) {
    this.#accepting = this.#accept();
  }

  /** Where it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** A good client on a connection of its own that works all the time, until it is disposed of. */
  async bystander(): Promise<Bystander> {
    return await Bystander.start(connectHttp2(await connectTcp(this.port)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const session of this.sessions) session.close();
    await Promise.all(this.sessions.map((session) => session.closed));
    this.ledger.assertSettled();
  }

  async #accept(): Promise<void> {
    for (;;) {
      const conn = await this.#listener.accept().catch(() => null);
      if (conn === null) return;
      conn.setNoDelay(true);
      const session = serveHttp2(conn, (stream, fields, endStream) => {
        const handler = this.onStream(stream, fields, endStream);
        return this.ledger.watch(handler, `server stream ${stream.id}`);
      }, this.options);
      this.sessions.push(session);
    }
  }
}
