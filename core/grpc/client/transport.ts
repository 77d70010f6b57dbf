import type {
  DescMessage,
  DescMethod,
  DescMethodStreaming,
  DescMethodUnary,
  MessageInitShape,
  Registry,
} from "@bufbuild/protobuf";
import {
  type ContextValues,
  createContextValues,
  type Interceptor,
  type StreamResponse,
  type Transport,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import { runStreamingCall, runUnaryCall } from "@connectrpc/connect/protocol";
import type { Http2Options } from "../../http2/mod.ts";
import { gzip } from "../protocol/compression.ts";
import type { MessageFormat } from "../protocol/content_type.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { CallRequest, CallScope } from "./client_call.ts";
import type { TlsClientOptions } from "./connect_tls.ts";
import { type Endpoint, endpoint, type OpenConnection } from "./endpoint.ts";
import { type MethodInfo, methodInfo } from "./method_info.ts";
import type { RawCallOptions, RawClientCall } from "./raw_call.ts";
import { RequestFields } from "./request_fields.ts";
import { SharedSession, type TransportState } from "./session.ts";
import { StreamCall } from "./stream_call.ts";
import { callStreaming } from "./streaming.ts";
import { UnaryCall } from "./unary_call.ts";

/** Options of {@linkcode createGrpcTransport}. */
export interface GrpcTransportOptions {
  /** `host:port`, `[ipv6]:port`, `unix:path`, or a function that opens a connection to speak HTTP/2 on. */
  address: string | OpenConnection;
  /** Off by default; `true` is TLS with the runtime's roots. */
  tls?: boolean | TlsClientOptions;
  /** `:authority` of the requests; by default the address, or the TLS server name. */
  authority?: string;
  /** Run around the calls of Connect's clients, in Connect's order. */
  interceptors?: Interceptor[];
  /** Deadline of calls that bring none, in ms. */
  defaultTimeoutMs?: number;
  /** Largest message taken, in bytes: 4 MiB (grpc-core's default). */
  maxReceiveBytes?: number;
  /** Largest message sent, in bytes: 4 MiB. */
  maxSendBytes?: number;
  /** Compresses what is sent, from 1 KiB on. What is received may be compressed in any case. */
  compression?: "gzip";
  /** How messages are written: `proto`. */
  format?: MessageFormat;
  /** The types that a `google.protobuf.Any` may hold in JSON; in binary it holds any. */
  registry?: Registry;
  /** Whether calls wait until a connection stands instead of failing with the first failed attempt. */
  waitForReady?: boolean;
  /** Time for an attempt to connect, the server's SETTINGS included, in ms: 20,000. */
  connectTimeoutMs?: number;
  /** Waits between failed attempts to connect. */
  backoff?: BackoffOptions;
  /**
   * PING when nothing was heard for so long, also without calls; the connection is given up when no
   * answer comes. Over a network after 20 s, with 180 s for the answer (core-spec §2.4); otherwise off.
   */
  keepalive?: { intervalMs: number; timeoutMs: number } | false;
  /** Windows and limits of the connection. */
  http2?: Omit<Http2Options, "keepalive">;
}

/** Connect's transport for gRPC, with what Connect has no word for. Closing it ends its calls. */
export interface GrpcTransport extends Transport, AsyncDisposable {
  /**
   * What the connection is doing: `idle` until a call needs it, `backoff` after a failed attempt,
   * `draining` and `closed` at this end's will.
   */
  readonly state: TransportState;
  /** Starts a call whose messages are bytes. Interceptors are not run. */
  raw(path: string, options?: RawCallOptions): RawClientCall;
  /** Takes no new calls, lets open ones finish, closes; with the signal's abort it closes at once. */
  drain(options?: { signal?: AbortSignal }): Promise<void>;
  /** Closes at once; open calls fail with `Code.Canceled`. */
  close(): void;
}

/** grpc-core's `GRPC_DEFAULT_MAX_RECV_MESSAGE_LENGTH`. */
const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

/** Upstream's channel options, core-spec §2.4. */
const KEEPALIVE = { intervalMs: 20_000, timeoutMs: 180_000 };

/**
 * Makes a transport for gRPC over HTTP/2. It connects with the first call, and again after the
 * connection was lost.
 *
 * @example
 * ```ts
 * await using transport = createGrpcTransport({ address: "127.0.0.1:50051" });
 * const client = createClient(ExporterService, transport);
 * const report = await client.getReport({});
 * ```
 *
 * @throws {TypeError} if an option is wrong
 */
export function createGrpcTransport(options: GrpcTransportOptions): GrpcTransport {
  return new HttpTransport(options);
}

class HttpTransport implements GrpcTransport {
  readonly #options: GrpcTransportOptions;
  readonly #scope: CallScope;
  readonly #baseUrl: string;
  readonly #format: MessageFormat;
  readonly #methods = new Map<DescMethod, MethodInfo>();

  constructor(options: GrpcTransportOptions) {
    this.#options = options;
    this.#format = options.format ?? "proto";
    const target = endpoint(options.address, options.tls);
    const authority = options.authority ?? target.authority;
    const encoding = options.compression === "gzip" ? gzip : null;
    this.#baseUrl = `${target.scheme}://${authority}`;
    this.#scope = {
      sessions: makeSession(target, options),
      fields: new RequestFields({
        scheme: target.scheme,
        authority,
        format: this.#format,
        encoding: encoding?.name,
      }),
      maxReceiveBytes: byteLimit("maxReceiveBytes", options.maxReceiveBytes),
      maxSendBytes: byteLimit("maxSendBytes", options.maxSendBytes),
      sendEncoding: encoding,
      waitForReady: options.waitForReady ?? false,
    };
  }

  get state(): TransportState {
    return this.#scope.sessions.state;
  }

  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersInit | undefined,
    input: MessageInitShape<I>,
    contextValues?: ContextValues,
  ): Promise<UnaryResponse<I, O>> {
    const info = this.#info(method);
    const timeout = this.#timeout(timeoutMs);
    const { interceptors = [] } = this.#options;
    if (interceptors.length === 0) {
      const metadata = header === undefined ? undefined : new Headers(header);
      return this.#unary(method, { path: info.path, metadata, signal, timeoutMs: timeout }, input);
    }
    const deadline = performance.now() + (timeout ?? 0);
    return runUnaryCall<I, O>({
      interceptors,
      signal,
      timeoutMs: timeout,
      req: {
        stream: false,
        message: input,
        method,
        ...this.#intercepted(method, header, contextValues),
      },
      next: async (req) => {
        // Interceptors may copy the response member by member: no lazy ones here.
        const { header, trailer, message } = await this.#unary(method, {
          path: info.path,
          metadata: req.header,
          signal: req.signal,
          timeoutMs: timeout === undefined ? undefined : deadline - performance.now(),
        }, req.message as MessageInitShape<I>);
        return { stream: false, service: method.parent, method, header, message, trailer };
      },
    });
  }

  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersInit | undefined,
    input: AsyncIterable<MessageInitShape<I>>,
    contextValues?: ContextValues,
  ): Promise<StreamResponse<I, O>> {
    const timeout = this.#timeout(timeoutMs);
    const { interceptors = [] } = this.#options;
    const info = this.#info(method);
    let response: Promise<StreamResponse<I, O>>;
    if (interceptors.length === 0) {
      const metadata = header === undefined ? undefined : new Headers(header);
      const request = { path: info.path, metadata, signal, timeoutMs: timeout };
      response = callStreaming<I, O>(this.#scope, request, method, info, input);
    } else {
      const deadline = performance.now() + (timeout ?? 0);
      response = runStreamingCall<I, O>({
        interceptors,
        signal,
        timeoutMs: timeout,
        req: {
          stream: true,
          message: input,
          method,
          ...this.#intercepted(method, header, contextValues),
        },
        next: (req) => {
          const request = {
            path: info.path,
            metadata: req.header,
            signal: req.signal,
            timeoutMs: timeout === undefined ? undefined : deadline - performance.now(),
          };
          const messages = req.message as AsyncIterable<MessageInitShape<I>>;
          return callStreaming<I, O>(this.#scope, request, method, info, messages);
        },
      });
    }
    // Connect's clients look at it when the first message is asked for; until then nobody handles it.
    response.catch(() => {});
    return response;
  }

  raw(path: string, options: RawCallOptions = {}): RawClientCall {
    const { headers, signal, timeoutMs } = options;
    const call = new StreamCall(this.#scope, {
      path,
      metadata: headers === undefined ? undefined : new Headers(headers),
      signal,
      timeoutMs: this.#timeout(timeoutMs),
    });
    call.start();
    return call;
  }

  drain(options?: { signal?: AbortSignal }): Promise<void> {
    return this.#scope.sessions.drain(options);
  }

  close(): void {
    this.#scope.sessions.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#scope.sessions.finished();
  }

  #unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: CallRequest,
    input: MessageInitShape<I>,
  ): Promise<UnaryResponse<I, O>> {
    return new Promise((resolve, reject) => {
      const info = this.#info(method);
      const message = info.serialize(input);
      const done = resolve as (response: UnaryResponse) => void;
      new UnaryCall(this.#scope, request, method, info, message, done, reject).start();
    });
  }

  #info(method: DescMethod): MethodInfo {
    let info = this.#methods.get(method);
    if (info === undefined) {
      info = methodInfo(method, this.#format, this.#options.registry);
      this.#methods.set(method, info);
    }
    return info;
  }

  /** Connect's rule: a deadline of 0 or less is none. */
  #timeout(timeoutMs: number | undefined): number | undefined {
    if (timeoutMs === undefined) return this.#options.defaultTimeoutMs;
    return timeoutMs <= 0 ? undefined : timeoutMs;
  }

  #intercepted(
    method: DescMethod,
    header: HeadersInit | undefined,
    contextValues: ContextValues | undefined,
  ): Pick<UnaryRequest, "service" | "requestMethod" | "url" | "header" | "contextValues"> {
    return {
      service: method.parent,
      requestMethod: "POST",
      url: this.#baseUrl + this.#info(method).path,
      header: new Headers(header),
      contextValues: contextValues ?? createContextValues(),
    };
  }
}

function makeSession(target: Endpoint, options: GrpcTransportOptions): SharedSession {
  const { keepalive = target.network ? KEEPALIVE : false } = options;
  return new SharedSession({
    name: target.name,
    open: target.open,
    connectTimeoutMs: options.connectTimeoutMs,
    backoff: options.backoff,
    http2: {
      // As grpc-core: binary metadata without base64 from peers that can.
      grpcTrueBinaryMetadata: true,
      ...options.http2,
      keepalive: keepalive === false ? undefined : { ...keepalive, withoutStreams: true },
    },
  });
}

function byteLimit(name: string, value: number = DEFAULT_MAX_BYTES): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw new RangeError(
    `Cannot make transport: ${name} must be 0 to 4294967295: current value is ${value}`,
  );
}
