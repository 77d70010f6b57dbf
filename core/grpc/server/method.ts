import type { Interceptor, MethodImplSpec } from "@connectrpc/connect";
import type {
  DescMessage,
  DescMethod,
  MessageInitShape,
  MessageShape,
  Registry,
} from "@bufbuild/protobuf";
import { type Codec, codec } from "../protocol/codec.ts";
import type { MessageFormat } from "../protocol/content_type.ts";
import type { MethodContext } from "./handler_context.ts";
import { intercepted } from "./intercept.ts";

/** A message of a type that is only known when the program runs. */
export type AnyMessage = MessageShape<DescMessage>;
/** What such a message can be made of. */
export type AnyInit = MessageInitShape<DescMessage>;

/** One request in, one response out. */
export type InvokeUnary = (m: AnyMessage, c: MethodContext) => Promise<AnyInit> | AnyInit;
/** One request in, a stream out. */
export type InvokeServerStream = (m: AnyMessage, c: MethodContext) => AsyncIterable<AnyInit>;
/** A stream in, one response out. */
export type InvokeClientStream = (
  m: AsyncIterable<AnyMessage>,
  c: MethodContext,
) => Promise<AnyInit> | AnyInit;
/** Streams both ways. */
export type InvokeBidi = (
  m: AsyncIterable<AnyMessage>,
  c: MethodContext,
) => AsyncIterable<AnyInit>;
/** A handler of any kind. */
export type Invoke = InvokeUnary | InvokeServerStream | InvokeClientStream | InvokeBidi;

/** How the messages of a method are read and written. */
export interface MethodCodecs {
  readonly input: Codec;
  readonly output: Codec;
}

/** A method as its calls need it. */
export interface Method {
  readonly kind: MethodImplSpec["kind"];
  readonly desc: DescMethod;
  /** The handler, behind the interceptors; its type follows the kind. */
  readonly invoke: Invoke;
  /** The codecs of a message format. */
  codecs(format: MessageFormat): MethodCodecs;
}

/** Prepares a method of a service for calls. */
export function prepareMethod(
  spec: MethodImplSpec,
  interceptors: Interceptor[],
  registry?: Registry,
): Method {
  const proto = makeCodecs(spec.method, "proto");
  let json: MethodCodecs | undefined;
  return {
    kind: spec.kind,
    desc: spec.method,
    invoke: interceptors.length === 0 ? spec.impl as Invoke : intercepted(spec, interceptors),
    codecs: (format) =>
      format === "proto" ? proto : json ??= makeCodecs(spec.method, "json", registry),
  };
}

function makeCodecs(desc: DescMethod, format: MessageFormat, registry?: Registry): MethodCodecs {
  return {
    input: codec(desc.input, format, registry),
    output: codec(desc.output, format, registry),
  };
}
