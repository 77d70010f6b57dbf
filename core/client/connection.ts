import type {
  DescMessage,
  DescMethodStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { GrpcTransport, RawClientCall } from "../grpc/mod.ts";
import { DeviceError, type FailurePlace } from "./device_error.ts";
import type { TypedCallOptions } from "./driver_client.ts";

/** What a call brings along besides its message. */
export interface CallContext extends TypedCallOptions {
  /** Metadata of this call. */
  headers?: Readonly<Record<string, string>>;
  /** For the error, if it fails. */
  place?: FailurePlace;
}

/** A transport with the metadata that every call to its exporter needs. */
export class Connection {
  readonly #transport: GrpcTransport;
  readonly #metadata: Readonly<Record<string, string>>;

  /** Calls go over `transport`, each with `metadata`. */
  constructor(transport: GrpcTransport, metadata: Readonly<Record<string, string>> = {}) {
    this.#transport = transport;
    this.#metadata = metadata;
  }

  /** One request, one response. @throws {DeviceError} */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    context: CallContext = {},
  ): Promise<MessageShape<O>> {
    const { signal, timeoutMs, headers, onHeader, place } = context;
    try {
      const response = await this.#transport.unary(
        method,
        signal,
        timeoutMs,
        { ...this.#metadata, ...headers },
        input,
      );
      onHeader?.(response.header);
      return response.message;
    } catch (error) {
      throw DeviceError.of(error, place);
    }
  }

  /** One request, any number of responses. Whoever leaves the loop cancels the call. */
  async *serverStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    input: MessageInitShape<I>,
    context: CallContext = {},
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    const { timeoutMs, headers, onHeader, place } = context;
    const left = new AbortController();
    const signal = context.signal === undefined
      ? left.signal
      : AbortSignal.any([context.signal, left.signal]);
    try {
      const metadata = { ...this.#metadata, ...headers };
      const requests = onlyOne(input);
      const response = await this.#transport.stream(method, signal, timeoutMs, metadata, requests);
      onHeader?.(response.header);
      yield* response.message;
    } catch (error) {
      throw DeviceError.of(error, place);
    } finally {
      left.abort();
    }
  }

  /** A call whose messages are bytes. */
  raw(path: string, headers: Record<string, string>, signal?: AbortSignal): RawClientCall {
    return this.#transport.raw(path, { headers: { ...this.#metadata, ...headers }, signal });
  }

  /** Ends the connection, and all calls on it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }
}

async function* onlyOne<T>(message: T): AsyncGenerator<T, void, undefined> {
  yield message;
}
