import type { ByteConn } from "../byte_conn.ts";

/** A connection whose reads bring these pieces, at most as much as there is room for, and then the end. */
export class ScriptedConn implements ByteConn {
  /** Sizes of the whole buffers that reads were given, in order. */
  readonly buffers: number[] = [];
  readonly #pieces: Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  /** Brings the pieces as they are, where that was asked for. */
  readonly readChunk?: () => Promise<Uint8Array | null>;

  /** Brings `pieces`; `chunks: true`: as chunks to keep, instead of reads into a buffer. */
  constructor(pieces: Iterable<Uint8Array>, options: { chunks?: boolean } = {}) {
    this.#pieces = pieces[Symbol.iterator]();
    if (options.chunks) this.readChunk = () => Promise.resolve(this.#pieces.next().value ?? null);
  }

  /** Reads from the piece under way; a read without room would never end, so it throws. */
  read(p: Uint8Array): Promise<number | null> {
    if (p.length === 0) return Promise.reject(new Error("read without room"));
    this.buffers.push(p.buffer.byteLength);
    while (this.#rest.length === 0) {
      const { done, value } = this.#pieces.next();
      if (done) return Promise.resolve(null);
      this.#rest = value;
    }
    const count = Math.min(p.length, this.#rest.length);
    p.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return Promise.resolve(count);
  }

  /** Takes everything. */
  write(p: Uint8Array): Promise<number> {
    return Promise.resolve(p.length);
  }

  /** Nothing. */
  close(): void {}
}
