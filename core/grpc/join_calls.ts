import { Code, ConnectError } from "@connectrpc/connect";
import type { MessageChannel } from "./message_channel.ts";

/**
 * Joins two calls, as a router does: each message of one is sent on the other as it came, undecoded
 * and not copied. A call that is not read holds back the other's sender, by the windows of HTTP/2.
 *
 * A client's half-close cannot be passed on to another client (core-spec §2.3); on a call that this
 * end has opened it is.
 *
 * @returns a promise that resolves when both have half-closed
 * @throws {ConnectError} `Code.Unavailable` as soon as either call fails, or the signal's reason.
 * The other call goes on until its handler ends it: with this error, as a rule.
 */
export async function joinCalls(
  a: MessageChannel,
  b: MessageChannel,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const both = Promise.all([forward(a, b), forward(b, a)]);
  if (signal === undefined) {
    await both;
    return;
  }
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([both, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function forward(from: MessageChannel, to: MessageChannel): Promise<void> {
  try {
    for (;;) {
      const message = from.poll();
      if (message === undefined) {
        await new Promise<void>((resolve) => from.whenReadable(resolve));
      } else if (message === null) {
        to.closeSend?.();
        return;
      } else {
        const room = to.send(NOTHING, message);
        if (room !== undefined) await room;
      }
    }
  } catch (error) {
    const cause = ConnectError.from(error);
    throw new ConnectError(
      `the other end of the stream is gone: ${cause.rawMessage}`,
      Code.Unavailable,
      undefined,
      undefined,
      error,
    );
  }
}

const NOTHING = new Uint8Array(0);
