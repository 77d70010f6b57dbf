/** A gRPC client for tests that says exactly what the test wants, also what no decent client says. */
import type { ConnectError } from "@connectrpc/connect";
import {
  type ByteConn,
  byteConnFromDuplex,
  connectHttp2,
  type FieldList,
  type Http2ClientSession,
  type Http2Error,
  type Http2Options,
  type Http2Session,
  type Http2Stream,
  type StreamHandler,
} from "../../../http2/mod.ts";
import { duplexPair } from "../../../stream/mod.ts";
import { MessageReader } from "../../protocol/message_reader.ts";
import { statusFromTrailers } from "../../protocol/status.ts";
import { GrpcServer } from "../server.ts";

const LIMIT = 1 << 30;

/** A connection to a server, in memory. */
export class Peer implements AsyncDisposable {
  readonly session: Http2ClientSession;
  /** The server's end. */
  readonly far: Http2Session;

  constructor(server: GrpcServer, options: Http2Options = {}, over?: [ByteConn, Http2Session]) {
    const [near, far] = duplexPair();
    this.far = over?.[1] ?? server.handle(byteConnFromDuplex(far));
    this.session = connectHttp2(over?.[0] ?? byteConnFromDuplex(near), options);
  }

  /** A peer at the end of a connection whose other end is served already. */
  static over(conn: ByteConn, far: Http2Session): Peer {
    return new Peer(new GrpcServer(), {}, [conn, far]);
  }

  /** Opens a gRPC call; `fields` come after the usual ones and take their place. */
  call(path: string, fields: FieldList = []): Call {
    return this.request([
      [":method", "POST"],
      [":scheme", "http"],
      [":path", path],
      [":authority", "test"],
      ["te", "trailers"],
      ["content-type", "application/grpc"],
    ], fields);
  }

  /** Opens a request of any fields; those in `more` take the place of the same names in `fields`. */
  request(fields: FieldList, more: FieldList = [], endStream = false): Call {
    const names = new Set(more.map(([name]) => name));
    const all = [...fields.filter(([name]) => !names.has(name)), ...more];
    all.sort(([a], [b]) => Number(b.startsWith(":")) - Number(a.startsWith(":")));
    const call = new Call();
    call.start(this.session.request(all, call, endStream));
    return call;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.close();
    await Promise.all([this.session.closed, this.far.closed]);
  }
}

/** A call, and all that came back. */
export class Call implements StreamHandler {
  stream!: Http2Stream;
  head: FieldList | undefined;
  trailers: FieldList | undefined;
  /** Whether received octets are kept from the window. */
  hold = false;
  received = 0;
  readonly #chunks: Uint8Array[] = [];
  #reader!: MessageReader;
  readonly #headed = Promise.withResolvers<FieldList>();
  readonly #closed = Promise.withResolvers<Http2Error | null>();

  start(stream: Http2Stream): void {
    this.stream = stream;
    this.#headed.promise.catch(() => {});
    this.#reader = new MessageReader({
      consume: (octets) => {
        if (!this.hold) stream.consume(octets);
      },
    }, LIMIT);
  }

  /** The response's header section. */
  get headed(): Promise<FieldList> {
    return this.#headed.promise;
  }

  /** Resolves when the stream is over. */
  get closed(): Promise<Http2Error | null> {
    return this.#closed.promise;
  }

  /** Sends one message. */
  send(message: Uint8Array, flags = 0): this {
    const prefix = new Uint8Array(5);
    prefix[0] = flags;
    new DataView(prefix.buffer).setUint32(1, message.length);
    this.stream.sendData(prefix, message, false);
    return this;
  }

  /** Sends payload as it is. */
  sendBytes(...bytes: number[]): this {
    this.stream.sendData(new Uint8Array(bytes), null, false);
    return this;
  }

  /** Half-closes. */
  end(): this {
    this.stream.sendData(null, null, true);
    return this;
  }

  /** All payload, as it came. */
  get payload(): Uint8Array {
    return new Uint8Array(this.#chunks.flatMap((chunk) => [...chunk]));
  }

  /** The next message, or `null` at the end. */
  message(): Promise<Uint8Array | null> {
    return this.#reader.receive();
  }

  /** All messages to the end. */
  async messages(): Promise<Uint8Array[]> {
    const all: Uint8Array[] = [];
    for (let m = await this.message(); m !== null; m = await this.message()) all.push(m);
    return all;
  }

  /** The status when the call is over: `null` is OK, `undefined` if none came. */
  async status(): Promise<ConnectError | null | undefined> {
    await this.closed;
    return statusFromTrailers(this.trailers ?? this.head ?? []);
  }

  onHeaders(fields: FieldList, endStream: boolean): void {
    this.head = fields;
    this.#headed.resolve(fields);
    if (endStream) this.#reader.end();
  }

  onData(data: Uint8Array, endStream: boolean): void {
    this.received += data.length;
    this.#chunks.push(data);
    this.#reader.push(data);
    if (endStream) this.#reader.end();
  }

  onTrailers(fields: FieldList): void {
    this.trailers = fields;
    this.#reader.end();
  }

  onClose(error: Http2Error | null): void {
    this.#headed.reject(error ?? new Error("no response"));
    this.#reader.end();
    this.#closed.resolve(error);
  }
}
