import type { ConnectError } from "@connectrpc/connect";
import type { MessageChannel } from "../message_channel.ts";

/**
 * A call whose messages are bytes, seen from the client: what a byte stream, a tunnel or a router
 * needs. It fits `MessageStream` of `core/stream`.
 *
 * `receive` and `poll` hand out what came before the end, then `null` if the status is OK and throw
 * it if not; on cancel and deadline they throw at once. What is sent before the connection stands
 * waits for it. The call is sent again, unseen, only while nothing was sent on it.
 */
export interface RawClientCall extends MessageChannel {
  /** The response's metadata, when it comes; rejects if the call fails before. */
  readonly header: Promise<Headers>;
  /** The metadata after the last message; empty before the end. */
  readonly trailer: Headers;
  /** Resolves when the call is over: `null` is status OK. Never rejects. */
  readonly closed: Promise<ConnectError | null>;
  /** Half-closes after what was sent. */
  closeSend(): void;
  /** Ends the call at once: RST_STREAM(CANCEL), `Code.Canceled` unless `reason` is a ConnectError. */
  cancel(reason?: unknown): void;
}

/** Options of a raw call. */
export interface RawCallOptions {
  /** Metadata to send. */
  headers?: HeadersInit;
  /** Time for the whole call in ms; 0 or less for none. */
  timeoutMs?: number;
  /** Cancels the call. */
  signal?: AbortSignal;
}
