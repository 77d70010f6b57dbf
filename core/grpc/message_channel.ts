import type { MessageStream } from "../stream/mod.ts";

/**
 * A call whose messages are bytes, seen from either end: a `MessageStream` that can also be read
 * without promises. Received messages may be parts of bigger buffers and never change.
 */
export interface MessageChannel extends MessageStream {
  /**
   * As `receive`, without waiting: `undefined` if no message is there yet.
   *
   * @throws {ConnectError} when the call has failed
   */
  poll(): Uint8Array | null | undefined;
  /** Octets that were sent and wait for the peer or the connection. */
  readonly bufferedBytes: number;
  /** Calls back once, when {@linkcode MessageChannel.poll} may have something new to say. */
  whenReadable(callback: () => void): void;
}
