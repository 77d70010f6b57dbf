import type { ErrorCode, Http2Error } from "./errors.ts";
import type { FieldList } from "./fields.ts";
import type { Settings } from "./settings.ts";

/**
 * What the user of a stream implements. The methods are called while frames are being read, so they return soon; what
 * one throws resets its stream with INTERNAL_ERROR.
 */
export interface StreamHandler {
  /** An informational response, status 1xx. */
  onInformational?(fields: FieldList): void;
  /** The response's header section. Not called on servers, which get the request's with the stream. */
  onHeaders?(fields: FieldList, endStream: boolean): void;
  /**
   * Payload, valid for ever. Its octets count against the windows until the user gives them back by
   * {@linkcode Http2Stream.consume}. Empty only together with `endStream`.
   */
  onData(data: Uint8Array, endStream: boolean): void;
  /** The trailer section, which ends the receiving side. */
  onTrailers?(fields: FieldList): void;
  /** There is room again after {@linkcode Http2Stream.sendData} returned `false`. */
  onWritable?(): void;
  /** The stream is over; called exactly once, last. `null`: both sides ended in order. */
  onClose(error: Http2Error | null): void;
}

/** One exchange of a request and a response. Calls on a stream that is over do nothing. */
export interface Http2Stream {
  /** The identifier (RFC 9113 §5.1.1); 0 while a client's stream waits to go out. */
  readonly id: number;
  /** Octets handed to `sendData` that wait for windows or for the connection; what no longer counts has been copied. */
  readonly bufferedBytes: number;
  /** Whether the sending side has ended, or will when what waits has gone out. */
  readonly sendClosed: boolean;
  /** Server: an informational response, status 1xx. */
  sendInformational(fields: FieldList): void;
  /** Server: the response's header section. It goes out with everything else of this turn. */
  sendHeaders(fields: FieldList, endStream?: boolean): void;
  /**
   * Sends payload: `head` is copied at once, `body` may be kept and must not change any more. Returns `false` when more
   * than 256 KiB wait: nothing is lost, but the user is to wait for {@linkcode StreamHandler.onWritable}.
   */
  sendData(head: Uint8Array | null, body: Uint8Array | null, endStream: boolean): boolean;
  /** The trailer section, after all payload; ends the sending side. */
  sendTrailers(fields: FieldList): void;
  /** RST_STREAM: drops what waits and ends the stream now; `onClose` is called before it returns. */
  reset(code: ErrorCode): void;
  /** Gives back receive window for `octets` passed to `onData`. */
  consume(octets: number): void;
}

/** An HTTP/2 connection, seen from one of its ends. */
export interface Http2Session {
  /** Resolves when the connection is over, with the reason or `null` for an orderly end; never rejects. */
  readonly closed: Promise<Http2Error | null>;
  /** Streams that are not over. */
  readonly activeStreams: number;
  /** What the peer announced so far. */
  readonly peerSettings: Readonly<Settings>;
  /** Sends PING and resolves to the round trip in ms; rejects when the connection ends first, or with the signal's reason. */
  ping(options?: { signal?: AbortSignal }): Promise<number>;
  /** GOAWAY: takes no new streams, lets open ones finish, then closes. With the signal's abort it closes at once. */
  drain(options?: { signal?: AbortSignal }): Promise<void>;
  /** GOAWAY with `code` (NO_ERROR), then closes; every open stream is over. */
  close(code?: ErrorCode, debug?: string): void;
}

/** The client's end of a connection. */
export interface Http2ClientSession extends Http2Session {
  /** Resolves when the server's SETTINGS arrived; rejects with an {@linkcode Http2Error} when the connection ends first. */
  readonly ready: Promise<void>;
  /** Whether {@linkcode Http2ClientSession.request} takes streams: not after GOAWAY, `drain` or `close`. */
  readonly accepting: boolean;
  /** Called once, when the server sent GOAWAY, with its code and text. Open streams go on, no new ones are taken. */
  onGoaway?: (error: Http2Error) => void;
  /**
   * Opens a stream. Over the server's MAX_CONCURRENT_STREAMS it waits inside, in order.
   *
   * @throws {Http2Error} unprocessed, when the session takes no streams
   */
  request(fields: FieldList, handler: StreamHandler, endStream?: boolean): Http2Stream;
}

/** Tells a server about a new stream whose header section is complete and well-formed. */
export type OnStream = (
  stream: Http2Stream,
  fields: FieldList,
  endStream: boolean,
) => StreamHandler;

/** PINGs that find out whether the peer is still there. */
export interface Keepalive {
  /** Silence after which a PING is sent, in ms. */
  intervalMs: number;
  /** Time for its answer, in ms; after that the connection is over. */
  timeoutMs: number;
  /** Whether to ask also while no stream is open. */
  withoutStreams?: boolean;
}

/** What can be set on a connection; the defaults are the constants of `limits.ts`. */
export interface Http2Options {
  /** Streams the peer may have open at once. */
  maxConcurrentStreams?: number;
  /** Receive window of a stream, in octets. */
  streamWindow?: number;
  /** Receive window of the connection, in octets. */
  connectionWindow?: number;
  /** Largest frame taken, 16,384 to 16,777,215 octets. */
  maxFrameSize?: number;
  /** Largest header section taken, in octets as RFC 9113 §6.5.2 counts. */
  maxHeaderListSize?: number;
  /** Announces that `-bin` metadata may come as raw octets (gRPC). */
  grpcTrueBinaryMetadata?: boolean;
  /** Time for the peer's first SETTINGS and for its acknowledgement of ours, in ms. */
  settingsTimeoutMs?: number;
  /** Time in which the peer must take at least one octet while something waits to be written, in ms. */
  writeStallMs?: number;
  /** None by default. */
  keepalive?: Keepalive;
}
