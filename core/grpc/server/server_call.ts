import { Code, ConnectError } from "@connectrpc/connect";
import {
  ErrorCode,
  type Http2Error,
  type Http2Stream,
  type StreamHandler,
} from "../../http2/mod.ts";
import { acceptsEncoding, type MessageEncoding, messageEncoding } from "../protocol/compression.ts";
import { MessageReader } from "../protocol/message_reader.ts";
import { sendMessage } from "../protocol/message_writer.ts";
import { statusTrailers } from "../protocol/status.ts";
import { parseGrpcTimeout } from "../protocol/timeout.ts";
import type { CallSettings } from "./call_settings.ts";
import { Deadline } from "./deadline.ts";
import type { RequestHead } from "./request_head.ts";
import { plainResponseHead, responseHead, trailersOnly } from "./response_head.ts";

/**
 * One gRPC call on the server, whatever its kind: deadline, cancellation, response and status. A
 * call is open until its status was sent or the stream ended; then nothing changes any more.
 */
export abstract class ServerCall implements StreamHandler {
  readonly stream: Http2Stream;
  readonly head: RequestHead;
  readonly settings: CallSettings;
  /** The request's messages. */
  readonly reader: MessageReader;
  /** How messages to the client are compressed: as its own are, if it says that it can read that. */
  responseEncoding: MessageEncoding | null = null;
  #ended: ConnectError | "in order" | null = null;
  #requestEnded = false;
  #headSent = false;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #controller: AbortController | undefined;
  #deadline: Deadline | undefined;
  #writable: PromiseWithResolvers<void> | undefined;

  /** A call on `stream`. Nothing happens before {@linkcode ServerCall.open}. */
  constructor(stream: Http2Stream, head: RequestHead, settings: CallSettings) {
    this.stream = stream;
    this.head = head;
    this.settings = settings;
    this.reader = new MessageReader(stream, settings.maxReceiveBytes, true);
  }

  /** Starts what the kind of call does before the request's messages come. Errors go to {@linkcode ServerCall.fail}. */
  protected abstract begin(): void;
  /** Payload of the request; the call is open. */
  protected abstract received(data: Uint8Array): void;
  /** The client half-closed; the call is open. */
  protected abstract halfClosed(): void;
  /** The call is over, with an error or in order (`null`): stop what runs. Called once. */
  protected abstract over(error: ConnectError | null): void;

  /** Starts the call. */
  open(endStream: boolean): void {
    try {
      const { encoding, timeout } = this.head;
      if (timeout !== undefined) this.#startDeadline(timeout);
      if (encoding !== undefined) {
        const known = messageEncoding(encoding);
        this.reader.encoding = known;
        if (known !== null && acceptsEncoding(this.head.acceptEncoding, known)) {
          this.responseEncoding = known;
        }
      }
      if (this.isOpen) this.begin();
    } catch (error) {
      this.fail(error);
    }
    if (endStream) this.onData(EMPTY, true);
  }

  /** Whether the call has not ended. */
  get isOpen(): boolean {
    return this.#ended === null;
  }

  /** Time to the deadline, in ms; `undefined` if there is none. */
  get remainingMs(): number | undefined {
    return this.#deadline?.remainingMs;
  }

  /** Aborted when the call ends. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ended !== null) this.#abort();
    }
    return this.#controller.signal;
  }

  /** Metadata that goes out before the first message. */
  get responseHeader(): Headers {
    return this.#responseHeader ??= new Headers();
  }

  /** Metadata that goes out with the status. */
  get responseTrailer(): Headers {
    return this.#responseTrailer ??= new Headers();
  }

  /** Sends the response's header section, if it was not sent before. */
  sendResponseHeader(): void {
    if (this.#headSent || !this.isOpen) return;
    const plain = plainResponseHead(this.head.contentType, this.responseEncoding);
    const metadata = this.#responseHeader;
    const fields = metadata === undefined ? plain : responseHead(plain, metadata);
    this.#headSent = true;
    this.stream.sendHeaders(fields);
  }

  /** Sends one message; `false` when to wait for {@linkcode ServerCall.writable}. Throws if it cannot be sent. */
  sendMessage(head: Uint8Array | null, body: Uint8Array | null): boolean {
    if (!this.#headSent) this.sendResponseHeader();
    const { maxSendBytes } = this.settings;
    return sendMessage(this.stream, head, body, maxSendBytes, this.responseEncoding);
  }

  /** Resolves when there is room for messages, or the call is over. */
  writable(): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    this.#writable ??= Promise.withResolvers();
    return this.#writable.promise;
  }

  /** Ends the call with status OK. */
  succeed(): void {
    if (!this.isOpen) return;
    let trailers;
    try {
      if (!this.#headSent) this.sendResponseHeader();
      trailers = statusTrailers(null, this.#responseTrailer);
    } catch (error) {
      return this.fail(error);
    }
    // First, because the stream may be over, and say so, before `sendTrailers` returns.
    this.#ended = "in order";
    this.stream.sendTrailers(trailers);
    this.#finish(null);
  }

  /** Ends the call with the status of `reason`: that of a `ConnectError`, otherwise INTERNAL. */
  fail(reason: unknown): void {
    if (!this.isOpen) return;
    const error = this.#status(reason);
    const trailers = statusTrailers(error, this.#responseTrailer);
    if (!this.#headSent && this.#responseHeader !== undefined) {
      try {
        this.sendResponseHeader();
      } catch {
        // The handler's metadata cannot be sent; its error can.
      }
    }
    this.#ended = error;
    if (this.#headSent) this.stream.sendTrailers(trailers);
    else {
      const { contentType, encoding } = this.head;
      const tellEncodings = error.code === Code.Unimplemented && encoding !== undefined;
      this.stream.sendHeaders(trailersOnly(contentType, trailers, tellEncodings), true);
    }
    this.#finish(error);
  }

  /** Tells the operator about an error that no caller gets to see. */
  report(error: unknown): void {
    this.settings.report(error, this.head.path);
  }

  onData(data: Uint8Array, endStream: boolean): void {
    if (endStream) this.#requestEnded = true;
    if (!this.isOpen) {
      this.stream.consume(data.length);
      if (!endStream) this.#leave();
      return;
    }
    try {
      if (data.length > 0) this.received(data);
      if (endStream && this.isOpen) this.halfClosed();
    } catch (error) {
      this.fail(error);
    }
  }

  onTrailers(): void {
    this.onData(EMPTY, true);
  }

  onWritable(): void {
    const waiting = this.#writable;
    this.#writable = undefined;
    waiting?.resolve();
  }

  onClose(error: Http2Error | null): void {
    this.#requestEnded = true;
    if (!this.isOpen) return;
    const reason = error === null || (error.remote && error.scope === "stream")
      ? "the client cancelled the call"
      : `the call was cut off: ${error.message}`;
    this.#ended = new ConnectError(reason, Code.Canceled, undefined, undefined, error);
    this.#finish(this.#ended);
  }

  #startDeadline(timeout: string): void {
    const ms = parseGrpcTimeout(timeout);
    if (ms === undefined) {
      throw new ConnectError(
        `protocol error: invalid grpc-timeout '${timeout.slice(0, 20)}'`,
        Code.InvalidArgument,
      );
    }
    if (ms === 0) throw timedOut();
    this.#deadline = new Deadline(ms, () => this.#timedOut());
  }

  #timedOut(): void {
    this.fail(timedOut());
    // A client that does not read would keep what is queued, and the status behind it, for ever.
    if (this.stream.bufferedBytes > 0) this.stream.reset(ErrorCode.CANCEL);
  }

  #status(reason: unknown): ConnectError {
    if (reason instanceof ConnectError) return reason;
    this.report(reason);
    // As Connect does: what a handler did not mean for its callers is not shown to them.
    return new ConnectError("internal error", Code.Internal, undefined, undefined, reason);
  }

  /** Stops what runs. The call is not open any more. */
  #finish(error: ConnectError | null): void {
    this.#deadline?.clear();
    if (error === null) this.reader.discard();
    else this.reader.fail(error);
    this.onWritable();
    if (this.#controller !== undefined) this.#abort();
    this.over(error);
    if (!this.#requestEnded) this.#leave();
  }

  #abort(): void {
    this.#controller!.abort(this.#ended === "in order" ? undefined : this.#ended);
  }

  /**
   * The response is complete but the request is not: asks the client to stop (RFC 9113 §8.1). What
   * waits to be sent would be lost by that, so then it is asked when more of the request comes.
   */
  #leave(): void {
    if (this.stream.bufferedBytes === 0) this.stream.reset(ErrorCode.NO_ERROR);
  }
}

function timedOut(): ConnectError {
  return new ConnectError("the operation timed out", Code.DeadlineExceeded);
}

const EMPTY = new Uint8Array(0);
