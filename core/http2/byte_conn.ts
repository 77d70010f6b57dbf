/**
 * A connection that carries bytes both ways: what `Deno.Conn` already is, for
 * TCP, TLS and unix sockets alike.
 */
export interface ByteConn {
  /** Reads into `p`; resolves to the count of bytes read, or `null` at the end. */
  read(p: Uint8Array): Promise<number | null>;
  /**
   * Instead of `read`, where it is there: the next bytes as they came, to keep, never overwritten; `null` at the end. For
   * connections that have their bytes in memory already, such as a tunnel.
   */
  readChunk?(): Promise<Uint8Array | null>;
  /** Writes from `p`; resolves to the count of bytes taken, 1 to `p.length`. */
  write(p: Uint8Array): Promise<number>;
  /** Closes both directions at once; pending reads and writes fail. */
  close(): void;
}
