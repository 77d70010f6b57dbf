/**
 * Where reading stands in a header block. One object is reused for every
 * block, so that a read can move on without allocating a result.
 */
export interface Cursor {
  /** The bytes that hold the block. */
  bytes: Uint8Array;
  /** The next octet to read. */
  at: number;
  /** One past the last octet of the block. */
  end: number;
}
