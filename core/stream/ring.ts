/** What {@linkcode RingBuffer.read} found. */
export interface RingRead {
  /** Absolute offset of the first byte; later than asked for when bytes were lost. */
  readonly offset: number;
  /** The bytes: a copy. Empty when there is nothing (yet) at the offset. */
  readonly bytes: Uint8Array;
  /** Bytes between the offset asked for and `offset`, which are no longer held. */
  readonly lost: number;
}

/** Options of {@linkcode RingBuffer.tail}. */
export interface TailOptions {
  /** Ends the stream with the signal's reason as its error. */
  signal?: AbortSignal;
  /** Called when the reader was too slow: `lost` bytes, from absolute offset `offset` on, are not in the stream. */
  onLost?: (lost: number, offset: number) => void;
}

/** The most bytes that one read copies unless told: one chunk of a router stream. */
const READ_BYTES = 64 * 1024;

/**
 * The last bytes of an endless stream, each with its absolute offset: what a console keeps, so that
 * readers can come late, come again, and know what they missed.
 *
 * Offsets count from the first byte ever written (or `startOffset`) and stay exact up to 2^53.
 */
export class RingBuffer {
  /** Bytes held at most. */
  readonly capacity: number;
  readonly #bytes: Uint8Array;
  readonly #waiters = new Set<Waiter>();
  #start: number;
  #end: number;
  #closed = false;

  /**
   * Allocates all memory at once.
   *
   * @param capacity bytes held at most, 1 or more.
   * @param startOffset absolute offset of the first byte to be written, 0 unless told.
   * @throws {RangeError} if a number is out of range.
   */
  constructor(capacity: number, startOffset = 0) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(
        `Cannot make ring buffer: capacity must be 1 or more: current value is ${capacity}`,
      );
    }
    checkOffset(startOffset);
    this.capacity = capacity;
    this.#bytes = new Uint8Array(capacity);
    this.#start = this.#end = startOffset;
  }

  /** Absolute offset of the oldest byte held. */
  get start(): number {
    return this.#start;
  }

  /** Absolute offset after the newest byte: where the next one goes. */
  get end(): number {
    return this.#end;
  }

  /** Whether {@linkcode close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Appends a copy of `bytes`; the oldest bytes make room.
   *
   * @throws {Error} once closed.
   */
  write(bytes: Uint8Array): void {
    if (this.#closed) throw new Error("Cannot write to ring buffer: it is closed");
    const { capacity } = this;
    this.#end += bytes.length;
    const kept = bytes.length > capacity ? bytes.subarray(bytes.length - capacity) : bytes;
    const at = (this.#end - kept.length) % capacity;
    const first = Math.min(kept.length, capacity - at);
    this.#bytes.set(first === kept.length ? kept : kept.subarray(0, first), at);
    if (first < kept.length) this.#bytes.set(kept.subarray(first), 0);
    this.#start = Math.max(this.#start, this.#end - capacity);
    for (const waiter of this.#waiters) {
      if (waiter.offset < this.#end) waiter.resolve(true);
    }
  }

  /** Ends the stream of bytes: readers get what is held, then the end. What is held stays readable. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.resolve(false);
  }

  /**
   * Reads from an absolute offset; the next read goes on at `offset + bytes.length` of the result.
   *
   * @param max bytes at most, 65,536 unless told.
   * @throws {RangeError} if `offset` is not an integer from 0 to 2^53.
   */
  read(offset: number, max: number = READ_BYTES): RingRead {
    checkOffset(offset);
    const from = Math.max(offset, this.#start);
    const count = Math.max(0, Math.min(max, this.#end - from));
    const bytes = new Uint8Array(count);
    const at = from % this.capacity;
    const first = Math.min(count, this.capacity - at);
    bytes.set(this.#bytes.subarray(at, at + first));
    bytes.set(this.#bytes.subarray(0, count - first), first);
    return { offset: from, bytes, lost: from - offset };
  }

  /**
   * Waits until the byte at `offset` has been written.
   *
   * @returns whether it has; `false` if the ring was closed before.
   * @throws the signal's reason.
   */
  wait(offset: number, options: { signal?: AbortSignal } = {}): Promise<boolean> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (offset < this.#end) return Promise.resolve(true);
    if (this.#closed) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        done();
        reject(signal!.reason);
      };
      const waiter: Waiter = {
        offset,
        resolve(written): void {
          done();
          resolve(written);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort);
    });
  }

  /**
   * A tap: the bytes from an absolute offset on, first those held, then each as it is written, until the
   * ring is closed. A tap copies only what its reader asks for and never holds up the writer.
   *
   * @param offset where to begin; the oldest byte held unless told.
   */
  tail(offset: number = this.#start, options: TailOptions = {}): ReadableStream<Uint8Array> {
    checkOffset(offset);
    const gone = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, gone.signal]) : gone.signal;
    let next = offset;
    return new ReadableStream<Uint8Array>({
      pull: async (controller): Promise<void> => {
        if (!await this.wait(next, { signal })) return controller.close();
        const { offset: from, bytes, lost } = this.read(next);
        if (lost > 0) options.onLost?.(lost, next);
        next = from + bytes.length;
        controller.enqueue(bytes);
      },
      cancel(): void {
        gone.abort();
      },
    }, { highWaterMark: 0 });
  }
}

interface Waiter {
  readonly offset: number;
  resolve(written: boolean): void;
}

function checkOffset(offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(
      `Cannot use ring buffer: offset must be an integer from 0 to 2^53: current value is ${offset}`,
    );
  }
}
