import type { DescMessage, DescMethodUnary, DescService, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type UnaryResponse } from "@connectrpc/connect";
import type { FieldList, Http2Stream } from "../../http2/mod.ts";
import type { MessageEncoding } from "../protocol/compression.ts";
import { PREFIX_LENGTH, tooLarge } from "../protocol/deframer.ts";
import { MessageReader } from "../protocol/message_reader.ts";
import { sendMessage } from "../protocol/message_writer.ts";
import { headersFromFields } from "../protocol/metadata.ts";
import { type CallRequest, type CallScope, ClientCall } from "./client_call.ts";
import type { MethodInfo } from "./method_info.ts";
import type { ResponseHead } from "./response_head.ts";

/**
 * A call of one message there and one back. Nearly always the response is one DATA frame that holds
 * one message: that path makes no reader and one promise.
 */
export class UnaryCall extends ClientCall {
  readonly #method: DescMethodUnary;
  readonly #info: MethodInfo;
  readonly #message: Uint8Array;
  readonly #resolve: (response: UnaryResponse) => void;
  readonly #reject: (error: ConnectError) => void;
  #encoding: MessageEncoding | null = null;
  /** The payload while it is one chunk; after that `#reader` has it. */
  #chunk: Uint8Array | null = null;
  #reader: MessageReader | null = null;
  /** The message that `#reader` found. */
  #found: Uint8Array | null = null;

  /** For a serialized message, which must not change any more. */
  constructor(
    scope: CallScope,
    request: CallRequest,
    method: DescMethodUnary,
    info: MethodInfo,
    message: Uint8Array,
    resolve: (response: UnaryResponse) => void,
    reject: (error: ConnectError) => void,
  ) {
    super(scope, request);
    this.#method = method;
    this.#info = info;
    this.#message = message;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override get replayable(): boolean {
    return true;
  }

  protected override opened(stream: Http2Stream): void {
    const { maxSendBytes, sendEncoding } = this.scope;
    sendMessage(stream, null, this.#message, maxSendBytes, sendEncoding, true);
  }

  protected override headReceived(head: ResponseHead): void {
    this.#encoding = head.encoding;
  }

  override onData(data: Uint8Array, endStream: boolean): void {
    if (this.over) return;
    if (this.#chunk === null && this.#reader === null && isWholeMessage(data)) {
      // Its octets go back to the window when the stream closes, with the trailers that follow.
      this.#chunk = data;
    } else {
      try {
        this.#readOn(data);
      } catch (error) {
        this.fail(ConnectError.from(error, Code.Internal));
      }
    }
    if (endStream) this.endedWithoutTrailers();
  }

  protected override settled(error: ConnectError | null): void {
    if (error !== null) return this.#reject(error);
    try {
      const message = this.#info.parse(this.#responseMessage());
      this.#resolve(new LazyResponse(this.#method, message, this.headFields!, this.trailerFields));
    } catch (broken) {
      this.#reject(ConnectError.from(broken, Code.Internal));
    }
  }

  /** Not one plain message in one chunk: a reader puts it together. */
  #readOn(data: Uint8Array): void {
    if (this.#reader === null) {
      this.#reader = new MessageReader(this, this.scope.maxReceiveBytes);
      this.#reader.encoding = this.#encoding;
      if (this.#chunk !== null) this.#reader.push(this.#chunk);
      this.#chunk = null;
    }
    this.#reader.push(data);
    this.#poll(this.#reader);
  }

  /** Takes what has come, so that the window stays open for the rest of a large message. */
  #poll(reader: MessageReader): void {
    for (let message = reader.poll(); message; message = reader.poll()) {
      if (this.#found !== null) throw tooMany();
      this.#found = message;
    }
  }

  #responseMessage(): Uint8Array {
    if (this.#chunk !== null) {
      const length = this.#chunk.length - PREFIX_LENGTH;
      if (length > this.scope.maxReceiveBytes) throw tooLarge(length, this.scope.maxReceiveBytes);
      return this.#chunk.subarray(PREFIX_LENGTH);
    }
    if (this.#reader !== null) {
      this.#reader.end();
      this.#poll(this.#reader);
    }
    if (this.#found !== null) return this.#found;
    throw new ConnectError(
      "protocol error: missing output message for unary method",
      Code.Unimplemented,
    );
  }

  /** For the reader. */
  consume(octets: number): void {
    this.stream?.consume(octets);
  }
}

/** A response whose metadata is made when asked for: `Headers` are slow, and hardly anyone asks. */
class LazyResponse implements UnaryResponse {
  readonly stream = false as const;
  readonly service: DescService;
  readonly method: DescMethodUnary;
  readonly message: MessageShape<DescMessage>;
  readonly #head: FieldList;
  readonly #trailers: FieldList | null;
  #header: Headers | undefined;
  #trailer: Headers | undefined;

  constructor(
    method: DescMethodUnary,
    message: MessageShape<DescMessage>,
    head: FieldList,
    trailers: FieldList | null,
  ) {
    this.service = method.parent;
    this.method = method;
    this.message = message;
    this.#head = head;
    this.#trailers = trailers;
  }

  get header(): Headers {
    return this.#header ??= headersFromFields(this.#head);
  }

  get trailer(): Headers {
    return this.#trailer ??= headersFromFields(this.#trailers ?? []);
  }
}

/** Whether a chunk is a prefix and exactly the message it announces, not compressed. */
function isWholeMessage(chunk: Uint8Array): boolean {
  if (chunk.length < PREFIX_LENGTH || chunk[0] !== 0) return false;
  const length = chunk[1] * 0x1000000 + (chunk[2] << 16 | chunk[3] << 8 | chunk[4]);
  return length === chunk.length - PREFIX_LENGTH;
}

function tooMany(): ConnectError {
  return new ConnectError(
    "protocol error: received extra output message for unary method",
    Code.Unimplemented,
  );
}
