import type { ByteConn } from "./byte_conn.ts";
import { FRAME_HEADER_SIZE, putFrameHeader } from "./frames.ts";
import { WRITE_HIGH_WATER } from "./limits.ts";
import { nextTurn, TURN_AFTER } from "./turn.ts";

const SMALL_BUFFER = 4 * 1024;

/**
 * Gathers the frames of one turn of the event loop and writes them at once.
 *
 * Two buffers take turns: while one is being written, frames gather in the other. Copying a payload of 64 KiB into
 * the buffer costs less than a write of its own (one operation of the runtime, about 10 µs), and the buffers are used
 * again, so sending makes no garbage.
 */
export class FrameWriter {
  readonly #conn: ByteConn;
  readonly #onDrain: () => void;
  readonly #onError: (error: unknown) => void;
  #buffer = new Uint8Array(SMALL_BUFFER);
  #spare = new Uint8Array(0);
  #used = 0;
  #scheduled = false;
  #writing = false;
  #failed = false;
  #usedSinceTick = false;
  /** When the write under way began, in ms of `performance.now()`; 0 when none is. */
  writingSince = 0;
  /** Answers to the peer's frames among what waits, counted by those who add them. */
  answers = 0;
  #idleWaiters: (() => void)[] = [];
  #progressWaiters: (() => void)[] = [];

  /** `onDrain` runs whenever a buffer has gone out and before the next one does; `onError` once. */
  constructor(conn: ByteConn, onDrain: () => void, onError: (error: unknown) => void) {
    this.#conn = conn;
    this.#onDrain = onDrain;
    this.#onError = onError;
  }

  /** Whether bulk data may be added; frames of other kinds may be added at any time. */
  get hasRoom(): boolean {
    return this.#used < WRITE_HIGH_WATER;
  }

  /** Octets gathered and not yet given to the connection. */
  get waiting(): number {
    return this.#used;
  }

  /** Adds octets as they are. */
  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** Adds a frame whose payload is `head` followed by `body`, both copied. */
  frame(
    type: number,
    flags: number,
    streamId: number,
    head: Uint8Array | null,
    body: Uint8Array | null,
  ): void {
    const headLength = head === null ? 0 : head.length;
    const length = headLength + (body === null ? 0 : body.length);
    const at = this.#reserve(FRAME_HEADER_SIZE + length);
    const buffer = this.#buffer;
    putFrameHeader(buffer, at, length, type, flags, streamId);
    if (headLength > 0) copyInto(buffer, at + FRAME_HEADER_SIZE, head!);
    if (body !== null) copyInto(buffer, at + FRAME_HEADER_SIZE + headLength, body);
  }

  /** Resolves when all that was added has been written, or has failed. */
  flushed(): Promise<void> {
    if (this.#failed || (this.#used === 0 && !this.#writing)) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Resolves when the next write has ended. */
  progress(): Promise<void> {
    if (this.#failed || (this.#used === 0 && !this.#writing)) return Promise.resolve();
    return new Promise((resolve) => this.#progressWaiters.push(resolve));
  }

  /** The connection is closed: nobody waits any longer, even if a write never ends (in Deno 2.6, close leaves it pending). */
  giveUp(): void {
    this.#failed = true;
    this.#used = 0;
    resolveAll(this.#progressWaiters);
    resolveAll(this.#idleWaiters);
  }

  /** Gives large buffers back when nothing was sent since the last call. */
  tick(): void {
    if (!this.#usedSinceTick && !this.#writing && this.#used === 0) {
      if (this.#buffer.length > SMALL_BUFFER) this.#buffer = new Uint8Array(SMALL_BUFFER);
      this.#spare = this.#spare.subarray(0, 0).slice();
    }
    this.#usedSinceTick = false;
  }

  #reserve(octets: number): number {
    const at = this.#used;
    const needed = at + octets;
    if (needed > this.#buffer.length) this.#grow(needed);
    this.#used = needed;
    if (!this.#scheduled && !this.#writing) {
      this.#scheduled = true;
      queueMicrotask(this.#flush);
    }
    return at;
  }

  #grow(needed: number): void {
    let size = this.#buffer.length;
    while (size < needed) size *= 2;
    const grown = new Uint8Array(size);
    grown.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = grown;
  }

  #flush = (): void => {
    this.#scheduled = false;
    if (this.#failed) {
      this.#used = 0;
      return;
    }
    void this.#writeAll();
  };

  async #writeAll(): Promise<void> {
    this.#writing = true;
    this.#usedSinceTick = true;
    try {
      while (this.#used > 0 && !this.#failed) {
        const full = this.#buffer;
        const length = this.#used;
        this.#buffer = this.#spare.length >= SMALL_BUFFER
          ? this.#spare
          : new Uint8Array(SMALL_BUFFER);
        this.#used = 0;
        this.answers = 0;
        this.writingSince = performance.now();
        let written = await this.#conn.write(
          length === full.length ? full : full.subarray(0, length),
        );
        while (written < length) {
          this.writingSince = performance.now();
          written += await this.#conn.write(full.subarray(written, length));
        }
        this.#spare = full;
        resolveAll(this.#progressWaiters);
        // What was added meanwhile is the first of more: small frames of one turn go out together.
        if (length >= TURN_AFTER || this.#used > 0) await nextTurn();
        this.#onDrain();
      }
    } catch (error) {
      this.#failed = true;
      this.#used = 0;
      this.#onError(error);
    }
    this.#writing = false;
    this.writingSince = 0;
    resolveAll(this.#progressWaiters);
    resolveAll(this.#idleWaiters);
  }
}

function resolveAll(waiters: (() => void)[]): void {
  if (waiters.length > 0) { for (const resolve of waiters.splice(0)) resolve(); }
}

/** `TypedArray.set` costs more to call than a short loop. */
function copyInto(out: Uint8Array, at: number, bytes: Uint8Array): void {
  const length = bytes.length;
  if (length > 32) {
    out.set(bytes, at);
    return;
  }
  for (let i = 0; i < length; i++) out[at + i] = bytes[i];
}
