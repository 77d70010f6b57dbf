import {
  Code,
  ConnectError,
  createServiceImplSpec,
  type Interceptor,
  type ServiceImpl,
} from "@connectrpc/connect";
import { createMethodUrl } from "@connectrpc/connect/protocol";
import {
  createMutableRegistry,
  type DescFile,
  type DescMethod,
  type DescService,
  type MutableRegistry,
  type Registry,
} from "@bufbuild/protobuf";
import {
  type ByteConn,
  type FieldList,
  type Http2Options,
  type Http2Session,
  type Http2Stream,
  serveHttp2,
  type StreamHandler,
} from "../../http2/mod.ts";
import { isGrpcContentType, messageFormat } from "../protocol/content_type.ts";
import { statusTrailers } from "../protocol/status.ts";
import type { CallSettings } from "./call_settings.ts";
import { ConnectDoors } from "./connect_doors.ts";
import { addFileTypes } from "./file_types.ts";
import type { GateContext } from "./handler_context.ts";
import { acceptConnections, type ConnListener } from "./listener.ts";
import { prepareMethod } from "./method.ts";
import { respondAtOnce, statusResponse } from "./plain_response.ts";
import { type RawHandler, RawServerCall } from "./raw_call.ts";
import { readRequestHead, type RequestHead } from "./request_head.ts";
import { addReflection } from "./reflection.ts";
import { RequestStreamCall } from "./request_stream_call.ts";
import { trailersOnly } from "./response_head.ts";
import type { ServerCall } from "./server_call.ts";
import { SingleRequestCall } from "./single_request_call.ts";
import { UniversalCall } from "./universal_call.ts";

/** The largest message by default, in bytes: as in every other gRPC implementation. */
export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Settings of a {@linkcode GrpcServer}. */
export interface GrpcServerOptions {
  /** The largest message taken, in bytes, 1 to 2^32-1. Default 4 MiB. */
  maxReceiveBytes?: number;
  /** The largest message sent, in bytes, 1 to 2^32-1. Default 4 MiB. */
  maxSendBytes?: number;
  /** Interceptors of Connect, the first outermost. Raw handlers are not behind them. */
  interceptors?: Interceptor[];
  /**
   * Looks at each call, raw ones too, before its messages are read: throw a `ConnectError` to refuse
   * it. Cheaper than an interceptor: only what is looked at is made.
   */
  requestGate?: (context: GateContext) => void | Promise<void>;
  /**
   * The types that a `google.protobuf.Any` may hold in JSON, besides those of the services' files and
   * of what these import. In binary it may hold any.
   */
  registry?: Registry;
  /** Whether Connect and gRPC-Web are served as well. Default true. */
  connectAndGrpcWeb?: boolean;
  /** Whether gRPC reflection, v1 and v1alpha, is served. Default false. */
  reflection?: boolean;
  /** Windows and limits of the connections. */
  http2?: Http2Options;
  /**
   * Told about what no client gets to see: errors of handlers that are no `ConnectError` (clients
   * get "internal error"), connections that cannot be accepted. `path` is that of the call, or empty.
   */
  onUnexpectedError?: (error: unknown, path: string) => void;
}

type OpenCall = (stream: Http2Stream, head: RequestHead) => ServerCall;

/**
 * Serves gRPC on any number of listeners and connections; on the same connections Connect and
 * gRPC-Web.
 *
 * @example
 * ```ts
 * import { GrpcServer } from "@jumpstarter/core/grpc";
 * import { EchoService } from "@jumpstarter/testing/echo/v1";
 *
 * const server = new GrpcServer();
 * server.add(EchoService, { echo: (request) => ({ text: request.text }) });
 * await server.serve(Deno.listen({ port: 50051 }));
 * ```
 */
export class GrpcServer implements AsyncDisposable {
  readonly #registry: MutableRegistry;
  readonly #knownFiles = new Set<DescFile>();
  readonly #settings: CallSettings;
  readonly #interceptors: Interceptor[];
  readonly #http2: Http2Options;
  readonly #doors: ConnectDoors | undefined;
  readonly #methods = new Map<string, OpenCall>();
  readonly #services: DescService[] = [];
  readonly #sessions = new Set<Http2Session>();
  readonly #stopListening = new AbortController();
  #lastHead: RequestHead | undefined;

  /** A server without services. */
  constructor(options: GrpcServerOptions = {}) {
    this.#registry = options.registry === undefined
      ? createMutableRegistry()
      : createMutableRegistry(options.registry);
    this.#settings = {
      maxReceiveBytes: messageLimit("maxReceiveBytes", options.maxReceiveBytes),
      maxSendBytes: messageLimit("maxSendBytes", options.maxSendBytes),
      registry: this.#registry,
      requestGate: options.requestGate,
      report: safely(options.onUnexpectedError),
    };
    this.#interceptors = options.interceptors ?? [];
    this.#http2 = { grpcTrueBinaryMetadata: true, ...options.http2 };
    if (options.connectAndGrpcWeb ?? true) {
      this.#doors = new ConnectDoors(this.#settings, this.#interceptors);
    }
    if (options.reflection) addReflection(this);
  }

  /** The services added so far, for reflection and health. */
  get services(): readonly DescService[] {
    return this.#services;
  }

  /** The connections that are open. */
  get sessions(): ReadonlySet<Http2Session> {
    return this.#sessions;
  }

  /** Adds a service. Methods that `impl` lacks answer UNIMPLEMENTED. */
  add<S extends DescService>(service: S, impl: Partial<ServiceImpl<S>>): this {
    for (const spec of Object.values(createServiceImplSpec(service, impl).methods)) {
      const method = prepareMethod(spec, this.#interceptors, this.#settings.registry);
      const Call = spec.kind === "unary" || spec.kind === "server_streaming"
        ? SingleRequestCall
        : RequestStreamCall;
      this.#methods.set(
        createMethodUrl("/", spec.method),
        (stream, head) => new Call(stream, head, this.#settings, method),
      );
    }
    if (!this.#services.includes(service)) this.#services.push(service);
    addFileTypes(this.#registry, service.file, this.#knownFiles);
    this.#doors?.add(service, impl);
    return this;
  }

  /**
   * Adds a method whose messages are not decoded, over gRPC only. After {@linkcode GrpcServer.add}
   * it takes the place of that service's method.
   *
   * @param method its path, `/package.Service/Method`, or its descriptor
   */
  addRaw(method: string | DescMethod, handler: RawHandler): this {
    const path = typeof method === "string" ? method : createMethodUrl("/", method);
    this.#methods.set(
      path,
      (stream, head) => new RawServerCall(stream, head, this.#settings, handler),
    );
    return this;
  }

  /**
   * Serves the connections of a listener (TCP, TLS with ALPN `h2`, unix), and closes it at `drain`
   * or `close`. Resolves when no more are accepted.
   */
  serve(listener: ConnListener): Promise<void> {
    return acceptConnections(listener, (conn) => this.handle(conn), {
      signal: this.#stopListening.signal,
      onError: (error) => this.#settings.report(error, ""),
    });
  }

  /** Serves one connection, which it closes at the end. */
  handle(conn: ByteConn): Http2Session {
    const session = serveHttp2(
      conn,
      (stream, fields, endStream) => this.#onStream(stream, fields, endStream),
      this.#http2,
    );
    this.#sessions.add(session);
    session.closed.then(() => this.#sessions.delete(session));
    return session;
  }

  /**
   * Answers requests of `Deno.serve`, where Connect and gRPC-Web come over HTTP/1.1; browsers do
   * so. 404 for paths it does not know.
   */
  readonly fetchHandler = (request: Request): Promise<Response> => {
    if (this.#doors === undefined) return Promise.resolve(new Response(null, { status: 404 }));
    return this.#doors.fetch(request);
  };

  /**
   * Stops listening, lets open calls finish, then closes. With the signal's abort it closes at once.
   */
  async drain(options?: { signal?: AbortSignal }): Promise<void> {
    this.#stopListening.abort();
    await Promise.all([...this.#sessions].map((session) => session.drain(options)));
  }

  /** Stops listening and closes all connections: open calls are cancelled. */
  close(): void {
    this.#stopListening.abort();
    for (const session of this.#sessions) session.close();
  }

  /** As {@linkcode GrpcServer.close}, and waits until the connections are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = [...this.#sessions].map((session) => session.closed);
    this.close();
    await Promise.all(closed);
  }

  #onStream(stream: Http2Stream, fields: FieldList, endStream: boolean): StreamHandler {
    const head = this.#readHead(fields);
    if (isGrpcContentType(head.contentType)) return this.#openGrpc(stream, head, endStream);
    const handler = this.#doors?.find(head.path);
    if (handler !== undefined) {
      const call = new UniversalCall(stream, (error) => this.#settings.report(error, head.path));
      call.open(handler, head, endStream);
      return call;
    }
    const status = this.#methods.has(head.path) ? 415 : 404;
    return respondAtOnce(stream, statusResponse(status), endStream);
  }

  #openGrpc(stream: Http2Stream, head: RequestHead, endStream: boolean): StreamHandler {
    if (head.method !== "POST") {
      return respondAtOnce(stream, statusResponse(405, ["allow", "POST"]), endStream);
    }
    if (messageFormat(head.contentType) === undefined) {
      return respondAtOnce(stream, statusResponse(415), endStream);
    }
    const open = this.#methods.get(head.path);
    if (open === undefined) {
      const trailers = statusTrailers(unknownMethod(head.path));
      return respondAtOnce(stream, trailersOnly(head.contentType, trailers), endStream);
    }
    const call = open(stream, head);
    call.open(endStream);
    return call;
  }

  /** HPACK hands out the same list for the same block: repeated calls are read once. */
  #readHead(fields: FieldList): RequestHead {
    if (this.#lastHead?.fields !== fields) this.#lastHead = readRequestHead(fields);
    return this.#lastHead;
  }
}

/** Reporting must not change what it reports on. */
function safely(
  report: ((error: unknown, path: string) => void) | undefined,
): (error: unknown, path: string) => void {
  return (error, path) => {
    try {
      report?.(error, path);
    } catch {
      // There is nobody left to tell.
    }
  };
}

function unknownMethod(path: string): ConnectError {
  return new ConnectError(`unknown method ${path.slice(0, 200)}`, Code.Unimplemented);
}

function messageLimit(name: string, bytes: number = DEFAULT_MAX_MESSAGE_BYTES): number {
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= 0xffffffff) return bytes;
  throw new RangeError(
    `Cannot make gRPC server: ${name} must be 1 to ${0xffffffff}: current value is '${bytes}'`,
  );
}
