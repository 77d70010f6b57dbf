/** Requests over our HTTP/2 client, gathered into whole answers: for the tests against other people's servers. */
import {
  connectHttp2,
  ErrorCode,
  type FieldList,
  fieldValue,
  type Http2ClientSession,
  type Http2Error,
  type Http2Options,
  type Http2Stream,
  type StreamHandler,
} from "@jumpstarter/core/http2";

const NOTHING = new Uint8Array(0);
/** How long a {@linkcode ClientConnection} lives at most, in milliseconds. */
const DEADLINE_MS = 60_000;

/** A request. */
export interface ExchangeOptions {
  /** Method; `GET` without a body, else `POST`. */
  method?: string;
  /** Header fields on top of the pseudo fields. */
  fields?: FieldList;
  /** Body; sent in pieces as there is room. */
  body?: Uint8Array;
  /** Trailers after the body. */
  trailers?: FieldList;
  /** Whether the request stays open until {@linkcode Exchange.finish}. */
  hold?: boolean;
  /** Whether received bytes are not given back to the window until {@linkcode Exchange.release}. */
  holdWindow?: boolean;
}

/** What came back. */
export interface Answer {
  /** Informational responses. */
  informational: FieldList[];
  /** Header section. */
  fields: FieldList;
  /** Value of `:status`. */
  status: string | undefined;
  /** Body. */
  body: Uint8Array<ArrayBuffer>;
  /** Trailers; empty when there were none. */
  trailers: FieldList;
}

/** One request under way. */
export class Exchange implements StreamHandler {
  readonly stream: Http2Stream;
  /** Resolves with all of it, rejects with what ended the stream early. */
  readonly answer: Promise<Answer>;
  /** Resolves when the header section of the response arrived. */
  readonly responded: Promise<void>;
  /** Bytes of body received so far. */
  received = 0;
  #answer: PromiseWithResolvers<Answer> = Promise.withResolvers();
  #responded: PromiseWithResolvers<void> = Promise.withResolvers();
  #parts: Uint8Array[] = [];
  #informational: FieldList[] = [];
  #fields: FieldList = [];
  #trailers: FieldList = [];
  #rest: Uint8Array;
  #held: number | undefined;

  /** Sends the request. */
  constructor(
    session: Http2ClientSession,
    origin: URL,
    path: string,
    readonly options: ExchangeOptions = {},
  ) {
    this.answer = this.#answer.promise;
    this.responded = this.#responded.promise;
    for (const promise of [this.answer, this.responded]) promise.catch(() => {});
    const { body, trailers, hold } = options;
    this.#rest = body ?? NOTHING;
    this.#held = options.holdWindow ? 0 : undefined;
    const open = body !== undefined || trailers !== undefined || hold === true;
    const fields: FieldList = [
      [":method", options.method ?? (open ? "POST" : "GET")],
      [":scheme", origin.protocol.slice(0, -1)],
      [":authority", origin.host],
      [":path", path],
      ...options.fields ?? [],
    ];
    this.stream = session.request(fields, this, !open);
    if (open) this.onWritable();
  }

  /** Ends a request that was held open. */
  finish(): void {
    this.stream.sendData(NOTHING, NOTHING, true);
  }

  /** Gives back everything received, from now on at once. */
  release(): void {
    this.stream.consume(this.#held ?? 0);
    this.#held = undefined;
  }

  onInformational(fields: FieldList): void {
    this.#informational.push(fields);
  }
  onHeaders(fields: FieldList): void {
    this.#fields = fields;
    this.#responded.resolve();
  }
  onData(data: Uint8Array): void {
    this.#parts.push(data);
    this.received += data.length;
    if (this.#held === undefined) this.stream.consume(data.length);
    else this.#held += data.length;
  }
  onTrailers(fields: FieldList): void {
    this.#trailers = fields;
  }
  onWritable(): void {
    const { trailers, hold } = this.options;
    let room = true;
    let ended = this.stream.sendClosed;
    while (room && !ended) {
      const piece = this.#rest.subarray(0, 64 << 10);
      this.#rest = this.#rest.subarray(piece.length);
      const last = this.#rest.length === 0;
      room = this.stream.sendData(NOTHING, piece, last && !trailers && !hold);
      if (last && trailers) this.stream.sendTrailers(trailers);
      ended = last;
    }
  }
  onClose(error: Http2Error | null): void {
    if (error !== null) {
      this.#responded.reject(error);
      return this.#answer.reject(error);
    }
    const body = new Uint8Array(this.received);
    let at = 0;
    for (const part of this.#parts) {
      body.set(part, at);
      at += part.length;
    }
    this.#answer.resolve({
      informational: this.#informational,
      fields: this.#fields,
      status: fieldValue(this.#fields, ":status"),
      body,
      trailers: this.#trailers,
    });
  }
}

/** A connection of our client to a server on 127.0.0.1; `await using` closes it. */
export class ClientConnection implements AsyncDisposable {
  // A server that never answers fails its test and does not stop it.
  readonly #deadline: ReturnType<typeof setTimeout>;

  private constructor(readonly session: Http2ClientSession, readonly origin: URL) {
    const close = (): void => session.close(ErrorCode.CANCEL, `over after ${DEADLINE_MS} ms`);
    this.#deadline = setTimeout(close, DEADLINE_MS);
  }

  /** Connects, with TLS when `ca` is given. */
  static async open(port: number, ca?: string, options?: Http2Options): Promise<ClientConnection> {
    const conn = ca === undefined
      ? await Deno.connect({ hostname: "127.0.0.1", port })
      : await Deno.connectTls({
        hostname: "localhost",
        port,
        caCerts: [ca],
        alpnProtocols: ["h2"],
      });
    const session = connectHttp2(conn, options);
    await session.ready;
    const scheme = ca === undefined ? "http" : "https";
    return new ClientConnection(session, new URL(`${scheme}://localhost:${port}`));
  }

  /** Sends a request. */
  send(path: string, options?: ExchangeOptions): Exchange {
    return new Exchange(this.session, this.origin, path, options);
  }

  /** Sends a request and waits for all of the answer. */
  async get(path: string, options?: ExchangeOptions): Promise<Answer> {
    return await this.send(path, options).answer;
  }

  /** Closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#deadline);
    this.session.close();
    await this.session.closed;
  }
}
