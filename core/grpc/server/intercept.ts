import type { Interceptor, MethodImplSpec } from "@connectrpc/connect";
import {
  createAsyncIterable,
  invokeUnaryImplementation,
  transformInvokeImplementation,
} from "@connectrpc/connect/protocol";
import { type MethodContext, plainContext } from "./handler_context.ts";
import type { AnyMessage, Invoke } from "./method.ts";

/**
 * The handler of a method behind interceptors, the first of which is outermost. Connect's own code
 * runs them, so that they see the same as behind any other server of Connect.
 */
export function intercepted(spec: MethodImplSpec, interceptors: Interceptor[]): Invoke {
  function stream(
    input: AsyncIterable<AnyMessage>,
    context: MethodContext,
  ): AsyncIterable<AnyMessage> {
    return transformInvokeImplementation(spec, plainContext(context), interceptors)(input);
  }
  switch (spec.kind) {
    case "unary":
      return (message: AnyMessage, context: MethodContext) =>
        invokeUnaryImplementation(spec, plainContext(context), message, interceptors);
    case "server_streaming":
      return (message: AnyMessage, context: MethodContext) =>
        stream(createAsyncIterable([message]), context);
    case "client_streaming":
      return (messages: AsyncIterable<AnyMessage>, context: MethodContext) =>
        last(stream(messages, context));
    case "bidi_streaming":
      return stream;
  }
}

/** The only message, after the iteration has come to its end: interceptors act there too. */
async function last(messages: AsyncIterable<AnyMessage>): Promise<AnyMessage> {
  let found: AnyMessage | undefined;
  for await (const message of messages) found = message;
  return found!;
}
