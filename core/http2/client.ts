import type { Http2ClientSession, Http2Options, Http2Stream, StreamHandler } from "./api.ts";
import type { ByteConn } from "./byte_conn.ts";
import { Connection, type Role } from "./connection.ts";
import { ErrorCode, Http2Error } from "./errors.ts";
import { type FieldList, fieldValue } from "./fields.ts";
import { ASSUMED_CONCURRENT_STREAMS, MAX_WINDOW } from "./limits.ts";
import type { Settings } from "./settings.ts";
import { Stream } from "./stream.ts";

/** Speaks HTTP/2 with prior knowledge on a connection. Requests may be made at once, before the server's SETTINGS. */
export function connectHttp2(conn: ByteConn, options: Http2Options = {}): Http2ClientSession {
  return new ClientSession(conn, options);
}

interface Waiting {
  fields: FieldList;
  endStream: boolean;
}

class ClientSession implements Http2ClientSession, Role {
  readonly name = "client";
  readonly ready: Promise<void>;
  onGoaway?: (error: Http2Error) => void;

  readonly #connection: Connection;
  readonly #settled: PromiseWithResolvers<void>;
  #nextId = 1;
  readonly #waiting = new Map<Stream, Waiting>();
  #settingsReceived = false;
  #goaway: Http2Error | null = null;

  constructor(conn: ByteConn, options: Http2Options) {
    this.#settled = Promise.withResolvers<void>();
    this.ready = this.#settled.promise;
    this.ready.catch(() => {});
    this.#connection = new Connection(conn, this, options);
  }

  get closed(): Promise<Http2Error | null> {
    return this.#connection.closed;
  }

  get activeStreams(): number {
    return this.#connection.streams.size + this.waiting;
  }

  get peerSettings(): Readonly<Settings> {
    return this.#connection.peerSettings;
  }

  get accepting(): boolean {
    return this.#connection.state === "open" && this.#goaway === null &&
      this.#nextId < MAX_WINDOW;
  }

  ping(options?: { signal?: AbortSignal }): Promise<number> {
    return this.#connection.ping(options);
  }

  drain(options?: { signal?: AbortSignal }): Promise<void> {
    return this.#connection.drain(options);
  }

  close(code?: ErrorCode, debug?: string): void {
    this.#connection.close(code, debug);
  }

  request(fields: FieldList, handler: StreamHandler, endStream = false): Http2Stream {
    if (!this.accepting) {
      throw (this.#goaway ?? new Http2Error("Connection takes no streams", {
        code: ErrorCode.REFUSED_STREAM,
        scope: "connection",
      })).asUnprocessed();
    }
    const stream = new Stream(this.#connection);
    stream.handler = handler;
    stream.isHead = fieldValue(fields, ":method") === "HEAD";
    if (this.waiting === 0 && this.#connection.streams.size < this.#mostStreams) {
      this.#open(stream, fields, endStream);
    } else {
      stream.waitingFields = fields;
      this.#waiting.set(stream, { fields, endStream });
    }
    return stream;
  }

  isIdle(id: number): boolean {
    return id % 2 === 0 || id >= this.#nextId;
  }

  openedByPeer(): void {}

  settingsReceived(): void {
    this.#settingsReceived = true;
    this.#settled.resolve();
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  gaveUp(stream: Stream): void {
    this.#waiting.delete(stream);
  }

  roomForStreams(): void {
    for (const [stream, { fields, endStream }] of this.#waiting) {
      if (this.#connection.streams.size >= this.#mostStreams) return;
      this.#waiting.delete(stream);
      this.#open(stream, fields, endStream);
    }
  }

  goawayReceived(lastStreamId: number, error: Http2Error): void {
    const first = this.#goaway === null;
    this.#goaway = error;
    this.#settled.reject(error);
    const waiting = [...this.#waiting.keys()];
    this.#waiting.clear();
    for (const stream of waiting) stream.finish(error.asUnprocessed());
    for (const [id, stream] of [...this.#connection.streams]) {
      if (id > lastStreamId) {
        this.#connection.closeStream(stream, error.asUnprocessed(), "local reset");
      }
    }
    if (this.#connection.state === "closed") return;
    if (first) this.#tellGoaway(error);
    void this.#connection.drain();
  }

  #tellGoaway(error: Http2Error): void {
    try {
      this.onGoaway?.(error);
    } catch {
      // Calls that are open are not to suffer from it.
    }
  }

  get #mostStreams(): number {
    return this.#settingsReceived
      ? this.#connection.peerSettings.maxConcurrentStreams
      : ASSUMED_CONCURRENT_STREAMS;
  }

  #open(stream: Stream, fields: FieldList, endStream: boolean): void {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#connection.streams.set(id, stream);
    stream.open(id, fields, endStream);
  }
}
