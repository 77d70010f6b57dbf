/** Lines of JSON to and from a child process that connects to {@linkcode LineChannel.port}. */
export class LineChannel implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #conn: Promise<Deno.TcpConn | null>;
  #rest = "";

  private constructor(listener: Deno.TcpListener) {
    this.#listener = listener;
    this.#conn = listener.accept().catch(() => null);
  }

  /** Waits for the child. */
  static listen(): LineChannel {
    return new LineChannel(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  }

  /** Where the child connects. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Sends a line. */
  async send(value: unknown): Promise<void> {
    const conn = await this.#conn;
    let left = new TextEncoder().encode(JSON.stringify(value) + "\n");
    while (left.length > 0) left = left.subarray(await conn!.write(left));
  }

  /** The next line. @throws when the child is gone */
  async receive(): Promise<unknown> {
    const conn = await this.#conn;
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return JSON.parse(line);
      }
      const count = await conn!.read(buffer);
      if (count === null) throw new Error("Cannot receive a line: the child is gone");
      this.#rest += new TextDecoder().decode(buffer.subarray(0, count));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    (await this.#conn)?.close();
  }
}
