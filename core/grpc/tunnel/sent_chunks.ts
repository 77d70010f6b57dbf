import { CHUNK_BYTES } from "../../stream/mod.ts";

/** Where chunks go. */
export interface ChunkSink {
  /** Octets that were sent and are still kept as they were given, first in, first out. */
  readonly bufferedBytes?: number;
}

/** Chunks kept for use again. */
const MOST_CHUNKS = 8;

/** A chunk on its way, and the count of octets that were buffered up to its end. */
interface Sent {
  readonly chunk: Uint8Array;
  readonly end: number;
}

/**
 * Copies of what a call was given to send, used again once the call has let go of them: otherwise
 * each chunk of a bulk transfer is one more for the garbage collector, which costs more than the copy.
 */
export class SentChunks {
  readonly #sink: ChunkSink;
  readonly #sent: Sent[] = [];
  /** All octets that sending has added to the sink's buffer. */
  #buffered = 0;

  /** For what is sent to `sink`. */
  constructor(sink: ChunkSink) {
    this.#sink = sink;
  }

  /** A copy of at most {@linkcode CHUNK_BYTES}. */
  copy(bytes: Uint8Array): Uint8Array {
    const oldest = this.#sent[0];
    const waiting = this.#sink.bufferedBytes ?? Infinity;
    if (
      bytes.length < CHUNK_BYTES || oldest === undefined || oldest.end > this.#buffered - waiting
    ) {
      return bytes.slice();
    }
    this.#sent.shift();
    oldest.chunk.set(bytes);
    return oldest.chunk;
  }

  /** `chunk` was given to the sink, which had `before` octets buffered. */
  sent(chunk: Uint8Array, before: number | undefined): void {
    const after = this.#sink.bufferedBytes;
    if (before === undefined || after === undefined) return;
    this.#buffered += after - before;
    if (chunk.length === CHUNK_BYTES && this.#sent.length < MOST_CHUNKS) {
      this.#sent.push({ chunk, end: this.#buffered });
    }
  }
}
