/**
 * A file that a caller transfers while a call runs, decompressed or compressed as its handle says.
 *
 * A driver that reads takes `readable`; one that writes takes `writable` and closes it, which flushes. Disposing gives up
 * what is left of both.
 */
export interface Resource extends AsyncDisposable {
  /** The bytes that the caller sends. Fails when it stops half-way. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Takes the bytes for the caller. `close()` resolves when the caller's end has been told so. */
  readonly writable: WritableStream<Uint8Array>;
  /** Bytes to come, where it is known. */
  readonly size: number | undefined;
}
