/**
 * Messages both ways, such as a bidirectional gRPC call whose messages are left undecoded. It is what a
 * byte stream, a router or a tunnel needs of gRPC, and nothing more.
 */
export interface MessageStream {
  /**
   * The next message, or `null` once the peer has half-closed or the call has ended in order. Rejects
   * when the call fails. The bytes are never overwritten. One call at a time.
   */
  receive(): Promise<Uint8Array | null>;
  /**
   * Queues one message made of `head`, which is copied before this returns, and `body`, which is not:
   * it must not be touched again. Returns `undefined` while there is room, else a promise to wait for.
   * Throws, or rejects, once the call is over.
   */
  send(head: Uint8Array, body?: Uint8Array | null): Promise<void> | undefined;
  /** Half-closes, after what was queued. Absent where the end of the handler does this (server side). */
  closeSend?(): void;
  /** Ends the call at once, both ways. No effect on a call that is over. */
  cancel(reason?: unknown): void;
}
