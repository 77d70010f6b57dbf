/** Bytes that a new buffer has room for. */
const FIRST_BYTES = 4096;

/**
 * The bytes of a console that nobody has taken yet, each with its absolute offset from the first one ever received.
 *
 * Holds at most `limit` bytes: the oldest make room, and are counted.
 */
export class ConsoleBuffer {
  /** Bytes held at most. */
  readonly limit: number;
  #bytes = new Uint8Array(FIRST_BYTES);
  /** Where in `#bytes` the held part begins and ends. */
  #from = 0;
  #to = 0;
  /** Absolute offset of `#bytes[0]`. */
  #base = 0;
  #lost = 0;

  /** An empty buffer for at most `limit` bytes. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Absolute offset of the oldest byte held. */
  get start(): number {
    return this.#base + this.#from;
  }

  /** Absolute offset after the newest byte. */
  get end(): number {
    return this.#base + this.#to;
  }

  /** Bytes that were dropped before anyone took them, since {@linkcode takeLost} was called. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** Appends a copy of `chunk`. */
  append(chunk: Uint8Array): void {
    const kept = chunk.length > this.limit ? chunk.subarray(chunk.length - this.limit) : chunk;
    if (kept !== chunk) {
      this.#lost += this.#to - this.#from + chunk.length - kept.length;
      this.#base = this.end + chunk.length - kept.length;
      this.#from = this.#to = 0;
    }
    const excess = this.#to - this.#from + kept.length - this.limit;
    if (excess > 0) {
      this.#lost += excess;
      this.#from += excess;
    }
    this.#makeRoom(kept.length);
    this.#bytes.set(kept, this.#to);
    this.#to += kept.length;
  }

  /** A view of the bytes from absolute offset `from` up to `to`. Good until the next append. */
  view(from: number = this.start, to: number = this.end): Uint8Array {
    return this.#bytes.subarray(from - this.#base, to - this.#base);
  }

  /** Takes out the bytes up to absolute offset `to`: a copy. */
  take(to: number = this.end): Uint8Array {
    const taken = this.view(this.start, to).slice();
    this.#from = to - this.#base;
    if (this.#from === this.#to) {
      this.#base = to;
      this.#from = this.#to = 0;
    }
    return taken;
  }

  #makeRoom(count: number): void {
    if (this.#to + count <= this.#bytes.length) return;
    const held = this.#to - this.#from;
    // Twice what is held, so that each byte is moved a bounded number of times, however it arrives.
    const wanted = 2 * (held + count);
    const target = wanted > this.#bytes.length ? new Uint8Array(wanted) : this.#bytes;
    if (target === this.#bytes) target.copyWithin(0, this.#from, this.#to);
    else target.set(this.#bytes.subarray(this.#from, this.#to));
    this.#bytes = target;
    this.#base += this.#from;
    this.#from = 0;
    this.#to = held;
  }
}
