import type { Http2ClientSession, Http2Stream, StreamHandler } from "../api.ts";
import type { Http2Error } from "../errors.ts";
import { type FieldList, fieldValue } from "../fields.ts";
import { HandlerLedger } from "./handler_ledger.ts";

/** What a {@linkcode Call} sends and how it receives. */
export interface CallOptions {
  /** The request's header section; `GET /` unless told. */
  fields?: FieldList;
  /** The whole body; `null` (unless told): the request ends with its header section. `undefined` leaves it open. */
  body?: Uint8Array | null;
  /** Sent after the body. */
  trailers?: FieldList;
  /** Does not give back receive window by itself. */
  hold?: boolean;
  /** Counts the response's octets without keeping them. */
  forget?: boolean;
  /** Watches the handler. */
  ledger?: HandlerLedger;
}

/** A request header section for `path`. */
export function requestFields(path: string, method = "GET"): FieldList {
  return [[":method", method], [":scheme", "http"], [":path", path], [":authority", "test"]];
}

/** One request, seen from its client: everything that comes back is recorded. */
export class Call implements StreamHandler {
  readonly stream: Http2Stream;
  readonly informational: FieldList[] = [];
  headers: FieldList | null = null;
  trailers: FieldList | null = null;
  /** Octets of payload received. */
  received = 0;
  /** Octets received and not given back, with `hold`. */
  held = 0;
  /** Calls of onWritable. */
  writable = 0;
  /** Runs on every onWritable. */
  whenWritable: (() => void) | null = null;
  /** Runs on every piece of payload. */
  whenData: ((data: Uint8Array) => void) | null = null;
  /** Whether the response has ended, by END_STREAM. */
  ended = false;
  /** Resolves with the response's header section, `null` when the stream ended without. */
  readonly answered: Promise<FieldList | null>;
  /** Resolves when the stream is over, with what `onClose` got. */
  readonly over: Promise<Http2Error | null>;

  readonly #chunks: Uint8Array[] = [];
  readonly #options: CallOptions;
  readonly #answered = Promise.withResolvers<FieldList | null>();
  readonly #over = Promise.withResolvers<Http2Error | null>();

  /** Makes the request. @throws what `session.request` throws */
  constructor(session: Http2ClientSession, options: CallOptions = {}) {
    this.#options = options;
    this.answered = this.#answered.promise;
    this.over = this.#over.promise;
    const { fields = requestFields("/"), trailers, ledger = new HandlerLedger() } = options;
    const body = "body" in options ? options.body : null;
    const endNow = body === null && trailers === undefined;
    const handler = ledger.watch(this, `call ${fieldValue(fields, ":path")}`);
    try {
      this.stream = session.request(fields, handler, endNow);
    } catch (error) {
      ledger.open--;
      throw error;
    }
    if (body instanceof Uint8Array) this.stream.sendData(null, body, trailers === undefined);
    if (trailers !== undefined) this.stream.sendTrailers(trailers);
  }

  /** `:status` of the response. */
  get status(): string | undefined {
    return this.headers === null ? undefined : fieldValue(this.headers, ":status");
  }

  /** The payload so far. */
  get body(): Uint8Array {
    const whole = new Uint8Array(this.received);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  /** The payload so far, as text. */
  get text(): string {
    return new TextDecoder().decode(this.body);
  }

  /** Gives back the window of all that is held. */
  release(): void {
    const held = this.held;
    this.held = 0;
    this.stream.consume(held);
  }

  onInformational(fields: FieldList): void {
    this.informational.push(fields);
  }

  onHeaders(fields: FieldList, endStream: boolean): void {
    this.headers = fields;
    this.ended = endStream;
    this.#answered.resolve(fields);
  }

  onData(data: Uint8Array, endStream: boolean): void {
    this.received += data.length;
    if (!this.#options.forget) this.#chunks.push(data);
    this.ended = endStream;
    if (this.#options.hold) this.held += data.length;
    else this.stream.consume(data.length);
    this.whenData?.(data);
  }

  onTrailers(fields: FieldList): void {
    this.trailers = fields;
    this.ended = true;
  }

  onWritable(): void {
    this.writable++;
    this.whenWritable?.();
  }

  onClose(error: Http2Error | null): void {
    this.#answered.resolve(this.headers);
    this.#over.resolve(error);
  }
}
