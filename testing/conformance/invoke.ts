/** Makes the calls that connectconformance asks for, with Connect's client on our transport. */
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  type Client,
  ConnectError,
  createClient,
  type Transport,
} from "@connectrpc/connect";
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  ClientResponseResultSchema,
} from "../proto/gen/connectrpc/conformance/v1/client_compat_pb.ts";
import { StreamType } from "../proto/gen/connectrpc/conformance/v1/config_pb.ts";
import {
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  type ConformancePayload,
  ConformancePayloadSchema,
  ConformanceService,
  ServerStreamRequestSchema,
  UnaryRequestSchema,
  UnimplementedRequestSchema,
} from "../proto/gen/connectrpc/conformance/v1/service_pb.ts";
import { appendHeaders, toProtoError, toProtoHeaders } from "./proto_headers.ts";

function pause(ms: number): Promise<void> | undefined {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined;
}

/** One call and what has come of it so far. */
class Invocation {
  readonly result: ClientResponseResult = create(ClientResponseResultSchema);
  readonly #client: Client<typeof ConformanceService>;
  readonly #controller = new AbortController();
  readonly #options: CallOptions;

  constructor(transport: Transport, readonly request: ClientCompatRequest) {
    this.#client = createClient(ConformanceService, transport);
    const headers = new Headers();
    appendHeaders(headers, request.requestHeaders);
    this.#options = {
      headers,
      signal: this.#controller.signal,
      timeoutMs: request.timeoutMs,
      onHeader: (fields) => this.result.responseHeaders = toProtoHeaders(fields),
      onTrailer: (fields) => this.result.responseTrailers = toProtoHeaders(fields),
    };
  }

  /** Makes the call; how it ends is in the result. */
  async run(): Promise<void> {
    try {
      await this.#call();
    } catch (reason) {
      const error = ConnectError.from(reason);
      this.result.error = toProtoError(error);
      // A call that failed before its header came tells its metadata with the error only.
      if (this.result.responseTrailers.length === 0) {
        this.result.responseTrailers = toProtoHeaders(error.metadata);
      }
    }
  }

  #call(): Promise<void> {
    const { method } = this.request;
    switch (method) {
      case "Unary":
        return this.#unary();
      case "ServerStream":
        return this.#serverStream();
      case "ClientStream":
        return this.#clientStream();
      case "BidiStream":
        return this.#bidiStream();
      case "Unimplemented":
        return this.#unimplemented();
      default:
        throw new Error(`Cannot make call: unknown method: current value is '${method}'`);
    }
  }

  async #unary(): Promise<void> {
    const [message] = this.#messages(UnaryRequestSchema);
    this.#cancelAfterClose();
    this.#received(await this.#client.unary(message, this.#options));
  }

  async #unimplemented(): Promise<void> {
    const [message] = this.#messages(UnimplementedRequestSchema);
    await this.#client.unimplemented(message, this.#options);
  }

  async #serverStream(): Promise<void> {
    const [message] = this.#messages(ServerStreamRequestSchema);
    const responses = this.#client.serverStream(message, this.#options);
    this.#cancelAfterClose();
    for await (const response of responses) this.#received(response);
  }

  async #clientStream(): Promise<void> {
    const requests = this.#requests(ClientStreamRequestSchema, () => undefined);
    this.#received(await this.#client.clientStream(requests, this.#options));
  }

  async #bidiStream(): Promise<void> {
    const fullDuplex = this.request.streamType === StreamType.FULL_DUPLEX_BIDI_STREAM;
    // In full duplex each request but the first waits for an answer to the one before.
    let answered: PromiseWithResolvers<void> | undefined;
    const requests = this.#requests(BidiStreamRequestSchema, () => {
      if (!fullDuplex) return undefined;
      answered = Promise.withResolvers<void>();
      return answered.promise;
    });
    try {
      for await (const response of this.#client.bidiStream(requests, this.#options)) {
        this.#received(response);
        answered?.resolve();
      }
    } finally {
      answered?.resolve();
    }
  }

  /** The request messages as they are to be sent; `sent` is called after each and says what to wait for. */
  async *#requests<D extends DescMessage>(
    schema: D,
    sent: () => Promise<void> | undefined,
  ): AsyncGenerator<MessageShape<D>> {
    for (const message of this.#messages(schema)) {
      await pause(this.request.requestDelayMs);
      const wait = sent();
      yield message;
      await wait;
    }
    if (this.request.cancel?.cancelTiming.case === "beforeCloseSend") {
      this.#controller.abort();
      // Never half-closed: the call is over once the cancellation has gone through.
      await new Promise(() => {});
    }
    this.#cancelAfterClose();
  }

  #messages<D extends DescMessage>(schema: D): MessageShape<D>[] {
    return this.request.requestMessages.map((any) => {
      const message = anyUnpack(any, schema);
      if (message !== undefined) return message;
      throw new Error(
        `Cannot read request: must be ${schema.typeName}: current value is '${any.typeUrl}'`,
      );
    });
  }

  #received({ payload }: { payload?: ConformancePayload }): void {
    this.result.payloads.push(payload ?? create(ConformancePayloadSchema));
    const timing = this.request.cancel?.cancelTiming;
    if (timing?.case === "afterNumResponses" && timing.value === this.result.payloads.length) {
      this.#controller.abort();
    }
  }

  /** Cancels after the time that the request says, counted from the end of what is sent. */
  #cancelAfterClose(): void {
    const { cancel } = this.request;
    if (cancel === undefined) return;
    const timing = cancel.cancelTiming;
    const ms = timing.case === "afterCloseSendMs"
      ? timing.value
      : timing.case === undefined
      ? 0
      : -1;
    if (ms >= 0) setTimeout(() => this.#controller.abort(), ms);
  }
}

/**
 * Makes the call that `request` describes over `transport`.
 *
 * @throws {Error} when the request cannot be understood; how the call fails is in the result.
 */
export async function invoke(
  transport: Transport,
  request: ClientCompatRequest,
): Promise<ClientResponseResult> {
  const invocation = new Invocation(transport, request);
  await invocation.run();
  return invocation.result;
}
