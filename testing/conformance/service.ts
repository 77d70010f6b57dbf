/** `connectrpc.conformance.v1.ConformanceService`: does what each request asks for, and tells what it saw. */
import { create, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { sendInitialMetadata } from "@jumpstarter/core/grpc";
import {
  type BidiStreamRequest,
  BidiStreamRequestSchema,
  type BidiStreamResponseSchema,
  ClientStreamRequestSchema,
  ConformancePayload_ConnectGetInfoSchema,
  ConformancePayload_RequestInfoSchema,
  type ConformancePayloadSchema,
  type ConformanceService,
  HeaderSchema,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
} from "../proto/gen/connectrpc/conformance/v1/service_pb.ts";
import { appendHeaders, toConnectError, toProtoHeaders } from "./proto_headers.ts";

type Payload = MessageInitShape<typeof ConformancePayloadSchema>;
type RequestInfo = MessageShape<typeof ConformancePayload_RequestInfoSchema>;

/** Resolves after `ms`; rejects when the call is over before. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return Promise.resolve();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal.reason);
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", abort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  });
}

/** What a handler knows of its call. */
function requestInfo(context: HandlerContext, requests: Any[]): RequestInfo {
  const timeoutMs = context.timeoutMs();
  const info = create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: toProtoHeaders(context.requestHeader),
    requests,
  });
  if (timeoutMs !== undefined) info.timeoutMs = BigInt(Math.round(timeoutMs));
  if (context.requestMethod === "GET") {
    const query = [...new URL(context.url).searchParams];
    const queryParams = query.map(([name, value]) =>
      create(HeaderSchema, { name, value: [value] })
    );
    info.connectGetInfo = create(ConformancePayload_ConnectGetInfoSchema, { queryParams });
  }
  return info;
}

function packInfo(info: RequestInfo): Any {
  return anyPack(ConformancePayload_RequestInfoSchema, info);
}

function announce(
  context: HandlerContext,
  definition: UnaryResponseDefinition | StreamResponseDefinition | undefined,
): void {
  appendHeaders(context.responseHeader, definition?.responseHeaders);
  appendHeaders(context.responseTrailer, definition?.responseTrailers);
}

async function answerOnce(
  context: HandlerContext,
  definition: UnaryResponseDefinition | undefined,
  requests: Any[],
): Promise<{ payload: Payload }> {
  const info = requestInfo(context, requests);
  announce(context, definition);
  await pause(definition?.responseDelayMs ?? 0, context.signal);
  const response = definition?.response;
  if (response?.case === "error") throw toConnectError(response.value, packInfo(info));
  const data = response?.case === "responseData" ? response.value : new Uint8Array(0);
  return { payload: { data, requestInfo: info } };
}

/** The responses of a streaming call from number `from` on, then its error. */
async function* answerAll(
  context: HandlerContext,
  definition: StreamResponseDefinition | undefined,
  requests: Any[],
  from = 0,
): AsyncGenerator<{ payload: Payload }> {
  if (definition === undefined) return;
  const all = definition.responseData;
  if (all.length > 0) sendInitialMetadata(context);
  for (let i = from; i < all.length; i++) {
    const info = i === 0 ? requestInfo(context, requests) : undefined;
    await pause(definition.responseDelayMs, context.signal);
    yield { payload: { data: all[i], requestInfo: info } };
  }
  if (definition.error === undefined) return;
  const details = all.length === 0 ? [packInfo(requestInfo(context, requests))] : [];
  throw toConnectError(definition.error, ...details);
}

async function* converse(
  requests: AsyncIterable<BidiStreamRequest>,
  context: HandlerContext,
): AsyncGenerator<MessageInitShape<typeof BidiStreamResponseSchema>> {
  let first: BidiStreamRequest | undefined;
  let seen: Any[] = [];
  let sent = 0;
  for await (const request of requests) {
    seen.push(anyPack(BidiStreamRequestSchema, request));
    if (first === undefined) {
      first = request;
      announce(context, first.responseDefinition);
      if (first.fullDuplex && first.responseDefinition?.responseData.length) {
        sendInitialMetadata(context);
      }
    }
    if (!first.fullDuplex) continue;
    const definition = first.responseDefinition;
    if (definition === undefined || sent >= definition.responseData.length) break;
    const info = sent === 0
      ? requestInfo(context, seen)
      : create(ConformancePayload_RequestInfoSchema, { requests: seen });
    await pause(definition.responseDelayMs, context.signal);
    yield { payload: { data: definition.responseData[sent], requestInfo: info } };
    sent++;
    seen = [];
  }
  yield* answerAll(context, first?.responseDefinition, seen, sent);
}

/** Everything but `Unimplemented`, which must not be there. */
export const conformanceService: Omit<ServiceImpl<typeof ConformanceService>, "unimplemented"> = {
  unary: (request, context) =>
    answerOnce(context, request.responseDefinition, [anyPack(UnaryRequestSchema, request)]),
  idempotentUnary: (request, context) =>
    answerOnce(context, request.responseDefinition, [
      anyPack(IdempotentUnaryRequestSchema, request),
    ]),
  async clientStream(requests, context) {
    let definition: UnaryResponseDefinition | undefined;
    const seen: Any[] = [];
    for await (const request of requests) {
      if (seen.length === 0) definition = request.responseDefinition;
      seen.push(anyPack(ClientStreamRequestSchema, request));
    }
    return await answerOnce(context, definition, seen);
  },
  async *serverStream(request, context) {
    announce(context, request.responseDefinition);
    const seen = [anyPack(ServerStreamRequestSchema, request)];
    yield* answerAll(context, request.responseDefinition, seen);
  },
  bidiStream: converse,
};
