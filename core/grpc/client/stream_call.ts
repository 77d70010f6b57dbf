import { Code, ConnectError } from "@connectrpc/connect";
import type { Http2Stream } from "../../http2/mod.ts";
import { MessageReader } from "../protocol/message_reader.ts";
import { sendMessage } from "../protocol/message_writer.ts";
import { headersFromFields } from "../protocol/metadata.ts";
import { abortError, type CallRequest, type CallScope, ClientCall } from "./client_call.ts";
import type { RawClientCall } from "./raw_call.ts";
import type { ResponseHead } from "./response_head.ts";

/** Messages that were to be sent before there was a stream. */
interface Early {
  readonly head: Uint8Array;
  readonly body: Uint8Array | null;
  readonly sent: PromiseWithResolvers<void>;
}

/**
 * A call of any number of messages each way, as bytes.
 *
 * What the peer sent before it ended the call is handed out before the end is; what this end broke
 * off (cancel, signal, deadline) ends at once.
 */
export class StreamCall extends ClientCall implements RawClientCall {
  readonly #reader: MessageReader;
  readonly #single: Uint8Array | null;
  #early: Early[] = [];
  #sentAny = false;
  #sendClosed = false;
  /** Set when the call is over; `null` is OK. */
  #outcome: { readonly error: ConnectError | null } | null = null;
  #writable: PromiseWithResolvers<void> | null = null;
  #header: PromiseWithResolvers<Headers> | null = null;
  #closed: PromiseWithResolvers<ConnectError | null> | null = null;
  #onHead: (() => void) | null = null;
  #onOpen: (() => void) | null = null;
  #receiving: PromiseWithResolvers<Uint8Array | null> | null = null;
  /** Whether the response has a head that is not an error. */
  #headOk = false;
  /** Whether this end broke the call off. */
  #brokenOff = false;
  /** Whether the reader knows of the end. */
  #endTold = false;

  /** @param single the only message of the request, if there is just one: then the request can be replayed */
  constructor(scope: CallScope, request: CallRequest, single: Uint8Array | null = null) {
    super(scope, request);
    this.#single = single;
    this.#reader = new MessageReader(this, scope.maxReceiveBytes);
    if (single !== null) this.#sendClosed = true;
  }

  /** Whether the call is over for sending: a pump may stop. */
  get ended(): boolean {
    return this.#outcome !== null;
  }

  get header(): Promise<Headers> {
    if (this.#header === null) {
      this.#header = Promise.withResolvers();
      this.#header.promise.catch(() => {});
      this.#settleHeader();
    }
    return this.#header.promise;
  }

  get trailer(): Headers {
    return headersFromFields(this.trailerFields ?? []);
  }

  get closed(): Promise<ConnectError | null> {
    if (this.#closed === null) {
      this.#closed = Promise.withResolvers();
      if (this.#outcome !== null) this.#closed.resolve(this.#outcome.error);
    }
    return this.#closed.promise;
  }

  get bufferedBytes(): number {
    const bytes = this.stream === null ? 0 : this.stream.bufferedBytes;
    if (this.#early.length === 0) return bytes;
    return this.#early.reduce(
      (sum, { head, body }) => sum + head.length + (body?.length ?? 0),
      bytes,
    );
  }

  /** The response's metadata, once it is there. */
  get responseHeader(): Headers {
    return headersFromFields(this.headFields ?? []);
  }

  poll(): Uint8Array | null | undefined {
    if (this.#outcome !== null) this.#heedSignal();
    let message: Uint8Array | null | undefined;
    try {
      message = this.#reader.poll();
    } catch (error) {
      // A message cut off by the call's failure: the failure is what matters.
      if (this.#outcome?.error) throw this.#outcome.error;
      this.fail(ConnectError.from(error, Code.Internal));
      throw error;
    }
    if (message === null) {
      this.#endTold = true;
      if (this.#outcome?.error) throw this.#outcome.error;
    }
    return message;
  }

  whenReadable(callback: () => void): void {
    this.#reader.whenReadable(callback);
  }

  receive(): Promise<Uint8Array | null> {
    try {
      const message = this.poll();
      if (message !== undefined) return Promise.resolve(message);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#receiving !== null) {
      return Promise.reject(
        new ConnectError("Cannot receive: another receive is waiting", Code.Internal),
      );
    }
    this.#receiving = Promise.withResolvers();
    this.#reader.whenReadable(this.#deliver);
    return this.#receiving.promise;
  }

  readonly #deliver = (): void => {
    const receiving = this.#receiving!;
    try {
      const message = this.poll();
      if (message === undefined) return this.#reader.whenReadable(this.#deliver);
      this.#receiving = null;
      receiving.resolve(message);
    } catch (error) {
      this.#receiving = null;
      receiving.reject(error);
    }
  };

  send(head: Uint8Array, body: Uint8Array | null = null): Promise<void> | undefined {
    if (this.#outcome !== null) throw this.#sendError();
    if (this.#sendClosed) {
      throw new ConnectError("Cannot send: the call is half-closed", Code.Internal);
    }
    if (this.stream === null || this.#early.length > 0) {
      const sent = quietly(Promise.withResolvers<void>());
      this.#early.push({ head: head.slice(), body, sent });
      return sent.promise;
    }
    return this.#send(this.stream, head, body);
  }

  closeSend(): void {
    if (this.#sendClosed) return;
    this.#sendClosed = true;
    if (this.#early.length === 0) this.stream?.sendData(null, null, true);
  }

  cancel(reason?: unknown): void {
    this.fail(
      reason === undefined
        ? new ConnectError("the operation was canceled", Code.Canceled)
        : ConnectError.from(reason, Code.Canceled),
    );
  }

  /** Calls back once there is a stream, or the call is over. */
  whenOpen(callback: () => void): void {
    if (this.stream !== null || this.#outcome !== null) callback();
    else this.#onOpen = callback;
  }

  /** Calls back once the response's head is there or the call is over. */
  whenHead(callback: () => void): void {
    if (this.headFields !== null || this.#outcome !== null) callback();
    else this.#onHead = callback;
  }

  /** Why the call failed before its response began; `null` if it did begin. */
  get headError(): ConnectError | null {
    const failed = this.#outcome?.error ?? null;
    // An error in the head itself (trailers-only) leaves no response to read.
    return failed !== null && !this.#headOk ? failed : null;
  }

  /** For the reader. */
  consume(octets: number): void {
    this.stream?.consume(octets);
  }

  override onData(data: Uint8Array, endStream: boolean): void {
    if (this.over) return;
    if (data.length > 0) this.#reader.push(data);
    if (endStream) this.endedWithoutTrailers();
  }

  onWritable(): void {
    this.#writable?.resolve();
    this.#writable = null;
  }

  protected override get replayable(): boolean {
    return this.#single !== null || !this.#sentAny;
  }

  protected override opened(stream: Http2Stream): void {
    const { maxSendBytes, sendEncoding } = this.scope;
    if (this.#single !== null) {
      sendMessage(stream, null, this.#single, maxSendBytes, sendEncoding, true);
      return;
    }
    while (this.#early.length > 0) {
      const { head, body, sent } = this.#early[0];
      const room = this.#send(stream, head, body);
      this.#early.shift();
      if (room === undefined) sent.resolve();
      else room.then(sent.resolve, sent.reject);
    }
    if (this.#sendClosed) stream.sendData(null, null, true);
    this.#callOpen();
  }

  protected override headReceived(head: ResponseHead): void {
    this.#reader.encoding = head.encoding;
    this.#headArrived();
  }

  protected override settled(error: ConnectError | null): void {
    this.#outcome = { error };
    if (error === null) this.#headArrived();
    const early = this.#early;
    this.#early = [];
    for (const { sent } of early) sent.reject(this.#sendError());
    this.#writable?.reject(this.#sendError());
    this.#writable = null;
    this.#settleHeader();
    this.#closed?.resolve(error);
    if (this.#brokenOff) this.#reader.fail(error!);
    else this.#reader.end();
    this.#callOpen();
    this.#callHead();
  }

  override fail(error: ConnectError): void {
    if (this.over) return;
    this.#brokenOff = true;
    super.fail(error);
  }

  /** An abort counts until the end was read, not only until it was received: what is left is not handed out. */
  #heedSignal(): void {
    const { signal } = this.request;
    if (this.#brokenOff || this.#endTold || !signal?.aborted) return;
    this.#brokenOff = true;
    this.#reader.fail(abortError(signal));
  }

  #headArrived(): void {
    this.#headOk = true;
    this.#settleHeader();
    this.#callHead();
  }

  #callOpen(): void {
    const callback = this.#onOpen;
    this.#onOpen = null;
    callback?.();
  }

  #callHead(): void {
    const callback = this.#onHead;
    this.#onHead = null;
    callback?.();
  }

  #settleHeader(): void {
    if (this.#header === null) return;
    if (this.#headOk) this.#header.resolve(this.responseHeader);
    else if (this.#outcome?.error) this.#header.reject(this.#outcome.error);
  }

  #send(
    stream: Http2Stream,
    head: Uint8Array,
    body: Uint8Array | null,
  ): Promise<void> | undefined {
    this.#sentAny = true;
    try {
      const { maxSendBytes, sendEncoding } = this.scope;
      if (sendMessage(stream, head, body, maxSendBytes, sendEncoding)) return undefined;
    } catch (error) {
      const failure = ConnectError.from(error, Code.Internal);
      this.fail(failure);
      throw failure;
    }
    this.#writable ??= quietly(Promise.withResolvers());
    return this.#writable.promise;
  }

  #sendError(): ConnectError {
    return this.#outcome?.error ??
      new ConnectError("Cannot send: the call has ended", Code.FailedPrecondition);
  }
}

/** Who does not wait for room learns of the call's failure elsewhere: no unhandled rejection. */
function quietly(deferred: PromiseWithResolvers<void>): PromiseWithResolvers<void> {
  deferred.promise.catch(() => {});
  return deferred;
}
