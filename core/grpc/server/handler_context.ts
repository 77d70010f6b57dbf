import { type ContextValues, createContextValues, type HandlerContext } from "@connectrpc/connect";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { headersFromFields } from "../protocol/metadata.ts";
import type { ServerCall } from "./server_call.ts";
import { requestUrl } from "./request_head.ts";

/** What a request gate sees of a call: Connect's `HandlerContext` but for the descriptors, which calls of raw bytes may lack. */
export type GateContext = Omit<HandlerContext, "method" | "service">;

/** The key under which a context offers {@linkcode sendInitialMetadata}. */
const SEND_INITIAL_METADATA = Symbol("sendInitialMetadata");

/**
 * Sends the response headers now, with what the handler has put into `context.responseHeader` so
 * far. Without it they go out together with the first message, or with the status.
 *
 * Does nothing in calls over Connect and gRPC-Web, and when the headers are out already.
 */
export function sendInitialMetadata(context: HandlerContext): void {
  (context as Partial<GrpcContext>)[SEND_INITIAL_METADATA]?.();
}

/**
 * The context of a gRPC call. What costs something is made when a handler first looks at it: most
 * never do.
 */
export class GrpcContext implements GateContext {
  readonly protocolName = "grpc";
  readonly #call: ServerCall;
  #requestHeader: Headers | undefined;
  #values: ContextValues | undefined;
  #url: string | undefined;

  /** The context of `call`. */
  constructor(call: ServerCall) {
    this.#call = call;
  }

  /** Aborted at the deadline, when the client gives up or the connection ends, and when the call is over. */
  get signal(): AbortSignal {
    return this.#call.signal;
  }

  /** A function that tells the time left, in ms; `undefined` without a deadline. */
  get timeoutMs(): () => number | undefined {
    return () => this.#call.remainingMs;
  }

  get requestMethod(): string {
    return this.#call.head.method;
  }

  /** The client's metadata. */
  get requestHeader(): Headers {
    return this.#requestHeader ??= headersFromFields(this.#call.head.fields);
  }

  /** Metadata for the client, sent before the first message. */
  get responseHeader(): Headers {
    return this.#call.responseHeader;
  }

  /** Metadata for the client, sent with the status. */
  get responseTrailer(): Headers {
    return this.#call.responseTrailer;
  }

  get values(): ContextValues {
    return this.#values ??= createContextValues();
  }

  /** A URL that can be parsed, whatever the client sent as authority. */
  get url(): string {
    return this.#url ??= requestUrl(this.#call.head);
  }

  [SEND_INITIAL_METADATA](): void {
    this.#call.sendResponseHeader();
  }
}

/** The context of a call to a method that a descriptor describes. */
export class MethodContext extends GrpcContext implements HandlerContext {
  readonly method: DescMethod;

  /** The context of `call` to `method`. */
  constructor(call: ServerCall, method: DescMethod) {
    super(call);
    this.method = method;
  }

  get service(): DescService {
    return this.method.parent;
  }
}

/**
 * The context as a plain object, as Connect's own functions want it: they copy its properties.
 */
export function plainContext(context: MethodContext): HandlerContext {
  return {
    method: context.method,
    service: context.service,
    get signal() {
      return context.signal;
    },
    timeoutMs: context.timeoutMs,
    requestMethod: context.requestMethod,
    get requestHeader() {
      return context.requestHeader;
    },
    get responseHeader() {
      return context.responseHeader;
    },
    get responseTrailer() {
      return context.responseTrailer;
    },
    protocolName: context.protocolName,
    get values() {
      return context.values;
    },
    get url() {
      return context.url;
    },
    [SEND_INITIAL_METADATA]: () => sendInitialMetadata(context),
  } as HandlerContext;
}
