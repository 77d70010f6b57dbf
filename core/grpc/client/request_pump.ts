import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import type { MethodInfo } from "./method_info.ts";
import type { StreamCall } from "./stream_call.ts";

const NO_HEAD = new Uint8Array(0);

/**
 * Sends the messages of an iterator and half-closes after the last, no faster than the peer takes
 * them. Nothing is taken before there is a stream, so that until then the call can be replayed.
 *
 * When the call ends first, the iterator is told: by `throw` with the call's error, then `return`.
 * When the iterator fails, the call does, with `Code.Unknown` and the failure as cause.
 */
export async function pumpRequests<I extends DescMessage>(
  call: StreamCall,
  messages: AsyncIterator<MessageInitShape<I>>,
  serialize: MethodInfo<I>["serialize"],
): Promise<void> {
  let exhausted = false;
  void call.closed.then((error) => {
    if (exhausted) return;
    if (error !== null) ignore(messages.throw?.(error));
    ignore(messages.return?.());
  });
  await new Promise<void>((resolve) => call.whenOpen(resolve));
  try {
    while (!call.ended) {
      const { done, value } = await messages.next();
      if (done) {
        exhausted = true;
        return call.closeSend();
      }
      if (call.ended) return;
      const room = call.send(NO_HEAD, serialize(value));
      if (room !== undefined) await room;
    }
  } catch (error) {
    call.fail(ConnectError.from(error));
  }
}

/** What an iterator says to its end is nobody's concern, a failure included. */
function ignore(promise: Promise<unknown> | undefined): void {
  promise?.catch(() => {});
}
