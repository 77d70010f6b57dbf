import { MOST_CHUNK_BYTES } from "./chunk_end.ts";

/** Where chunks go. */
export interface ChunkSink {
  /** Octets that were sent and are still kept as they were given, first in, first out. */
  readonly bufferedBytes: number;
}

/** Chunks kept for use again. */
const MOST_CHUNKS = 8;

/** Shorter chunks are not worth keeping. */
const LEAST_KEPT_BYTES = 16 * 1024;

/** A buffer on its way, and the count of octets that were buffered up to its end. */
interface Sent {
  readonly buffer: Uint8Array;
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
  /** The buffer of the last copy, if it is to be kept. */
  #last: Uint8Array | null = null;

  /** For what is sent to `sink`. */
  constructor(sink: ChunkSink) {
    this.#sink = sink;
  }

  /** Sends a copy of `bytes`, at most {@linkcode MOST_CHUNK_BYTES}, by `send`, and returns what that does. */
  send<T>(bytes: Uint8Array, send: (copy: Uint8Array) => T): T {
    const copy = this.#copy(bytes);
    const before = this.#sink.bufferedBytes;
    const result = send(copy);
    this.#buffered += this.#sink.bufferedBytes - before;
    if (this.#last !== null && this.#sent.length < MOST_CHUNKS) {
      this.#sent.push({ buffer: this.#last, end: this.#buffered });
    }
    return result;
  }

  #copy(bytes: Uint8Array): Uint8Array {
    this.#last = null;
    if (bytes.length < LEAST_KEPT_BYTES) return bytes.slice();
    const oldest = this.#sent[0];
    if (oldest !== undefined && oldest.end <= this.#buffered - this.#sink.bufferedBytes) {
      this.#last = this.#sent.shift()!.buffer;
    } else {
      this.#last = new Uint8Array(MOST_CHUNK_BYTES);
    }
    this.#last.set(bytes);
    return this.#last.subarray(0, bytes.length);
  }
}
