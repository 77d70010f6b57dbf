/** A TCP device that takes connections and never reads from them. */
export class MuteDevice implements AsyncDisposable {
  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #conns: Deno.Conn[] = [];
  #accepting: Promise<void>;

  /** Listens on a free port. */
  constructor() {
    this.#accepting = this.#accept();
  }

  /** Where it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) this.#conns.push(conn);
  }

  /** Stops listening and drops all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const conn of this.#conns) conn.close();
  }
}
