import type {
  DescMessage,
  DescMethodStreaming,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type StreamResponse } from "@connectrpc/connect";
import type { CallRequest, CallScope } from "./client_call.ts";
import type { MethodInfo } from "./method_info.ts";
import { pumpRequests } from "./request_pump.ts";
import { ResponseMessages } from "./response_messages.ts";
import { StreamCall } from "./stream_call.ts";

/**
 * Runs a streaming call in Connect's shape: resolves when the response's head is there.
 *
 * @throws {ConnectError} if the call fails before
 */
export async function callStreaming<I extends DescMessage, O extends DescMessage>(
  scope: CallScope,
  request: CallRequest,
  method: DescMethodStreaming<I, O>,
  info: MethodInfo<I, O>,
  input: AsyncIterable<MessageInitShape<I>>,
): Promise<StreamResponse<I, O>> {
  const messages = input[Symbol.asyncIterator]();
  const call = method.methodKind === "server_streaming"
    ? new StreamCall(scope, request, info.serialize(await onlyMessage(messages)))
    : new StreamCall(scope, request);
  const trailer = new Headers();
  call.start();
  if (method.methodKind !== "server_streaming") void pumpRequests(call, messages, info.serialize);
  await new Promise<void>((resolve, reject) => {
    call.whenHead(() => call.headError === null ? resolve() : reject(call.headError));
  });
  return {
    stream: true,
    service: method.parent,
    method,
    header: call.responseHeader,
    trailer,
    message: new ResponseMessages<MessageShape<O>>(call, info.parse, trailer),
  };
}

/** The request of a server-streaming method: as it is known before the call begins, it can be replayed. */
async function onlyMessage<T>(messages: AsyncIterator<T>): Promise<T> {
  let first: IteratorResult<T>;
  try {
    first = await messages.next();
    if (!first.done && (await messages.next()).done) return first.value;
  } catch (error) {
    throw ConnectError.from(error);
  }
  if (!first.done) void messages.return?.().catch(() => {});
  throw new ConnectError(
    `Cannot call: a server-streaming method takes one message: current count is ${
      first.done ? 0 : "2 or more"
    }`,
    Code.InvalidArgument,
  );
}
