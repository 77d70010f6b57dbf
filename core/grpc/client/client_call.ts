import { Code, ConnectError } from "@connectrpc/connect";
import {
  ErrorCode,
  type FieldList,
  type Http2ClientSession,
  type Http2Error,
  type Http2Stream,
  type StreamHandler,
} from "../../http2/mod.ts";
import type { MessageEncoding } from "../protocol/compression.ts";
import { errorFromHttp2 } from "../protocol/http_code.ts";
import { headersFromFields } from "../protocol/metadata.ts";
import { statusFromTrailers } from "../protocol/status.ts";
import type { RequestFields } from "./request_fields.ts";
import { type ResponseHead, responseHead } from "./response_head.ts";
import { closedError, type SessionWaiter, type SharedSession } from "./session.ts";

/** What the calls of a transport share. */
export interface CallScope {
  /** Where they get their streams. */
  readonly sessions: SharedSession;
  /** Makes their header sections. */
  readonly fields: RequestFields;
  /** Largest message taken, in bytes. */
  readonly maxReceiveBytes: number;
  /** Largest message sent, in bytes. */
  readonly maxSendBytes: number;
  /** Encoding of what is sent; `null` for none. */
  readonly sendEncoding: MessageEncoding | null;
  /** Whether calls outlast failed attempts to connect. */
  readonly waitForReady: boolean;
}

/** One call: what it asks for and when it is to end. */
export interface CallRequest {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** The user's metadata. */
  readonly metadata: Headers | undefined;
  /** Ends the call with `Code.Canceled`, or with the reason if that is a ConnectError. */
  readonly signal: AbortSignal | undefined;
  /** Time for the call in ms, connecting included; none for `undefined`. */
  readonly timeoutMs: number | undefined;
}

/**
 * Times that one call is sent again because it provably reached no handler. gRPC A6 allows one for
 * what left this end and any number for what did not; a drain of several servers takes a few.
 */
const MOST_RETRIES = 5;

/** The longest delay that a timer takes, in ms; a later deadline needs none. */
const LONGEST_TIMER_MS = 0x7fffffff;

/**
 * What all calls have in common: a session, a stream on it, deadline and signal, the response's
 * head and its status. It ends once, by {@linkcode ClientCall.settled}.
 *
 * A call is sent again only if the peer said, or the transport knows, that no handler has seen it
 * (RFC 9113 §8.7), and only while {@linkcode ClientCall.replayable}.
 */
export abstract class ClientCall implements StreamHandler, SessionWaiter {
  protected readonly scope: CallScope;
  protected readonly request: CallRequest;
  /** The stream, while there is one. */
  protected stream: Http2Stream | null = null;
  /** The response's header section, and what it said. */
  protected headFields: FieldList | null = null;
  /** The trailer section. */
  protected trailerFields: FieldList | null = null;
  /** Whether the call has ended. */
  protected over = false;
  #deadline = 0;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  #retries = 0;

  constructor(scope: CallScope, request: CallRequest) {
    this.scope = scope;
    this.request = request;
  }

  get waitForReady(): boolean {
    return this.scope.waitForReady;
  }

  /** Whether the whole request can be sent again. */
  protected abstract get replayable(): boolean;
  /** A stream is open: send what there is to send. Called again on a retry. */
  protected abstract opened(stream: Http2Stream): void;
  /** The response's header section is there and in order; not called for a response of nothing else. */
  protected abstract headReceived(head: ResponseHead): void;
  /** The call is over; `null` is status OK. Called once, last. */
  protected abstract settled(error: ConnectError | null): void;
  abstract onData(data: Uint8Array, endStream: boolean): void;

  /** Sends the request as soon as there is a session. */
  start(): void {
    const { signal, timeoutMs } = this.request;
    if (signal !== undefined) {
      if (signal.aborted) return this.fail(abortError(signal));
      signal.addEventListener("abort", this);
    }
    if (timeoutMs !== undefined) {
      this.#deadline = performance.now() + timeoutMs;
      if (timeoutMs <= LONGEST_TIMER_MS) {
        this.#timer = setTimeout(onDeadline, timeoutMs, this);
      }
    }
    this.scope.sessions.request(this);
  }

  onSession(session: Http2ClientSession): void {
    if (this.over) return;
    try {
      // It may have ended since it was found.
      if (!session.accepting) return this.#again(notAccepting());
      const { path, metadata, timeoutMs } = this.request;
      const left = timeoutMs === undefined ? undefined : this.#deadline - performance.now();
      this.stream = session.request(this.scope.fields.section(path, metadata, left), this);
      this.opened(this.stream);
    } catch (error) {
      this.fail(ConnectError.from(error, Code.Internal));
    }
  }

  onSessionError(error: ConnectError): void {
    this.fail(error);
  }

  onHeaders(fields: FieldList, endStream: boolean): void {
    if (this.over) return;
    this.headFields = fields;
    try {
      const head = responseHead(fields);
      if (endStream) this.#end(fields);
      else this.headReceived(head);
    } catch (error) {
      this.fail(ConnectError.from(error, Code.Internal));
    }
  }

  onTrailers(fields: FieldList): void {
    if (this.over) return;
    this.trailerFields = fields;
    this.#end(fields);
  }

  onClose(error: Http2Error | null): void {
    this.stream = null;
    if (this.over) return;
    if (error === null) return this.finish(missingStatus());
    if (error.unprocessed && this.headFields === null) return this.#again(errorFromHttp2(error));
    const { sessions } = this.scope;
    if (sessions.isClosed) return this.finish(closedError(this.request.path));
    this.finish(this.#ranIntoDeadline(error) ? timedOut() : errorFromHttp2(error));
  }

  /** For the abort signal. */
  handleEvent(): void {
    this.fail(abortError(this.request.signal!));
  }

  /** Ends the call with an error found at this end: RST_STREAM(CANCEL), and nothing is delivered any more. */
  fail(error: ConnectError): void {
    if (this.over) return;
    const { stream } = this;
    this.finish(error);
    stream?.reset(ErrorCode.CANCEL);
  }

  /** Ends the call. */
  protected finish(error: ConnectError | null): void {
    this.over = true;
    this.stream = null;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.request.signal?.removeEventListener("abort", this);
    this.scope.sessions.forget(this);
    this.settled(error);
  }

  /** The peer half-closed by DATA: a gRPC response ends with trailers. */
  protected endedWithoutTrailers(): void {
    if (!this.over) this.#endWith(missingStatus());
  }

  /** The response has ended in order, with `fields` as its last section. */
  #end(fields: FieldList): void {
    const status = statusFromTrailers(fields);
    if (status !== null && status !== undefined && this.headFields !== fields) {
      // As Connect does: an error's metadata has all that the response brought.
      headersFromFields(this.headFields!).forEach((value, name) => {
        status.metadata.append(name, value);
      });
    }
    this.#endWith(status === undefined ? missingStatus() : status);
  }

  #endWith(status: ConnectError | null): void {
    const { stream } = this;
    this.finish(status);
    // RFC 9113 §8.1: a response may come before the request's end; then nobody needs the rest.
    if (stream !== null && (!stream.sendClosed || stream.bufferedBytes > 0)) {
      stream.reset(ErrorCode.NO_ERROR);
    }
  }

  /** A server's clock may tell it of the deadline before this end's timer fires: it cancels the stream, as grpc-go does. */
  #ranIntoDeadline(error: Http2Error): boolean {
    if (!error.remote || error.code !== ErrorCode.CANCEL || this.#deadline === 0) return false;
    return performance.now() >= this.#deadline;
  }

  #again(error: ConnectError): void {
    if (!this.replayable || this.#retries >= MOST_RETRIES) return this.finish(error);
    this.#retries++;
    this.scope.sessions.request(this);
  }
}

function onDeadline(call: ClientCall): void {
  call.fail(timedOut());
}

function timedOut(): ConnectError {
  return new ConnectError("the operation timed out", Code.DeadlineExceeded);
}

/** The error of a call whose signal was aborted. */
export function abortError(signal: AbortSignal): ConnectError {
  const { reason } = signal;
  if (reason instanceof ConnectError) return reason;
  return ConnectError.from(reason, Code.Canceled);
}

function notAccepting(): ConnectError {
  return new ConnectError("connection takes no more calls", Code.Unavailable);
}

function missingStatus(): ConnectError {
  return new ConnectError("protocol error: missing status", Code.Internal);
}
