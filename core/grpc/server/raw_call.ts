import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorCode, type FieldList, type Http2Stream } from "../../http2/mod.ts";
import type { MessageChannel } from "../message_channel.ts";
import { mayWork, whenTurned, worked } from "../protocol/work_budget.ts";
import type { CallSettings } from "./call_settings.ts";
import { GrpcContext } from "./handler_context.ts";
import type { RequestHead } from "./request_head.ts";
import { ServerCall } from "./server_call.ts";

/**
 * A call whose handler sees the bytes of its messages. `send` throws when the call has ended or the
 * message is over the limit; `cancel(reason)` ends it with the reason's status, ABORTED by default.
 */
export interface RawCall extends MessageChannel {
  /** The method's path: `/package.Service/Method`. */
  readonly path: string;
  /** The request's header section as it came: quicker to look at than {@linkcode RawCall.requestHeader}. */
  readonly fields: FieldList;
  /** The client's metadata. */
  readonly requestHeader: Headers;
  /** Metadata that goes out with the status. */
  readonly responseTrailer: Headers;
  /** Aborted at the deadline, when the client gives up or the connection ends, and when the call is over. */
  readonly signal: AbortSignal;
  /** Time to the deadline, in ms; `undefined` if there is none. */
  readonly remainingMs: number | undefined;
  /**
   * Sends the response headers with `metadata` now. Without it they go out with the first message.
   *
   * @throws {ConnectError} `Code.Internal` if the metadata cannot be sent or headers are out already
   */
  sendInitialMetadata(metadata?: HeadersInit): void;
}

/**
 * Handles a raw call. When the promise resolves the call ends with OK; when it rejects, with the
 * status of the `ConnectError`, or INTERNAL.
 */
export type RawHandler = (call: RawCall) => Promise<void>;

/** The server's side of a raw call. */
export class RawServerCall extends ServerCall implements RawCall {
  readonly #handler: RawHandler;
  #context: GrpcContext | undefined;
  #error: ConnectError | undefined;
  #sending: Promise<void> | undefined;

  /** A call for `handler`. */
  constructor(
    stream: Http2Stream,
    head: RequestHead,
    settings: CallSettings,
    handler: RawHandler,
  ) {
    super(stream, head, settings);
    this.#handler = handler;
  }

  get path(): string {
    return this.head.path;
  }

  get fields(): FieldList {
    return this.head.fields;
  }

  get requestHeader(): Headers {
    this.#context ??= new GrpcContext(this);
    return this.#context.requestHeader;
  }

  get bufferedBytes(): number {
    return this.stream.bufferedBytes;
  }

  sendInitialMetadata(metadata?: HeadersInit): void {
    try {
      new Headers(metadata).forEach((value, name) => this.responseHeader.append(name, value));
    } catch (error) {
      throw ConnectError.from(error, Code.Internal);
    }
    this.sendResponseHeader();
  }

  receive(): Promise<Uint8Array | null> {
    return this.reader.receive();
  }

  poll(): Uint8Array | null | undefined {
    return this.reader.poll();
  }

  whenReadable(callback: () => void): void {
    this.reader.whenReadable(callback);
  }

  cancel(reason?: unknown): void {
    if (!this.isOpen) return;
    this.fail(ConnectError.from(reason ?? "the server cancelled the call", Code.Aborted));
    // At once: the status would wait behind what the client does not take.
    if (this.stream.bufferedBytes > 0) this.stream.reset(ErrorCode.CANCEL);
  }

  send(head: Uint8Array, body: Uint8Array | null = null): Promise<void> | undefined {
    if (!this.isOpen) {
      throw this.#error ?? new ConnectError("Cannot send: the call has ended", Code.Canceled);
    }
    const room = this.sendMessage(head, body);
    worked();
    if (room && mayWork()) return undefined;
    if (this.#sending === undefined) {
      this.#sending = this.#room(room);
      // A handler may choose not to wait: then it learns of the end from its next call.
      this.#sending.catch(() => {});
    }
    return this.#sending;
  }

  protected override begin(): void {
    const { requestGate } = this.settings;
    if (requestGate === undefined) return this.#start();
    this.#context = new GrpcContext(this);
    const waiting = requestGate(this.#context);
    if (waiting === undefined) return this.#start();
    waiting.then(() => this.#start(), (error) => this.fail(error));
  }

  protected override received(data: Uint8Array): void {
    this.reader.push(data);
  }

  protected override halfClosed(): void {
    this.reader.end();
  }

  protected override over(error: ConnectError | null): void {
    this.#error = error ?? undefined;
  }

  #start(): void {
    if (!this.isOpen) return;
    try {
      this.#handler(this).then(() => this.succeed(), (error) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  async #room(now: boolean): Promise<void> {
    if (!now) await this.writable();
    if (!mayWork()) await new Promise<void>(whenTurned);
    this.#sending = undefined;
    if (!this.isOpen && this.#error !== undefined) throw this.#error;
  }
}
