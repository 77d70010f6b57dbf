import type { Duplex } from "./duplex.ts";

/** Options of {@linkcode pump}. */
export interface PumpOptions {
  /** Ends the pump: both sides are torn down, and `pump` rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What {@linkcode pump} carried. */
export interface PumpResult {
  /** Bytes from the first side to the second. */
  readonly aToB: number;
  /** Bytes from the second side to the first. */
  readonly bToA: number;
}

/**
 * How long a broken side may take to wind up before it is given up on (1 s, ours: long enough for a
 * socket to close, short enough for a person to wait).
 */
const TEARDOWN_MS = 1_000;

/**
 * Joins two byte streams until both directions have ended.
 *
 * The end of one side's readable closes the other side's writable, and the opposite direction flows on.
 * Each direction reads ahead by one chunk while the write before it is under way, and no further. Chunks
 * are passed on as they are. The first failure of any of the four ends tears both sides down with that
 * reason. Both sides are locked meanwhile and unlocked afterwards.
 *
 * @returns the bytes carried each way, once both directions have ended in order.
 * @throws what failed first, or the signal's reason.
 *
 * @example
 * ```ts
 * const { aToB, bToA } = await pump(socket, serial, { signal });
 * ```
 */
export async function pump(
  a: Duplex,
  b: Duplex,
  options: PumpOptions = {},
): Promise<PumpResult> {
  const { signal } = options;
  const there = new Direction(a.readable, b.writable);
  let back: Direction;
  try {
    back = new Direction(b.readable, a.writable);
  } catch (error) {
    there.release();
    throw error;
  }
  return await new Promise((resolve, reject) => {
    let settled = false;
    const finish = (): void => {
      settled = true;
      signal?.removeEventListener("abort", onAbort);
    };
    const fail = async (reason: unknown): Promise<void> => {
      if (settled) return;
      finish();
      await withinMs(TEARDOWN_MS, [...there.tearDown(reason), ...back.tearDown(reason)]);
      there.release();
      back.release();
      reject(reason);
    };
    const onAbort = (): void => void fail(signal!.reason);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort);
    Promise.all([there.carry(fail), back.carry(fail)]).then(() => {
      if (settled) return;
      finish();
      there.release();
      back.release();
      resolve({ aToB: there.bytes, bToA: back.bytes });
    }, fail);
  });
}

/** One of the two directions. */
class Direction {
  bytes = 0;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(from: ReadableStream<Uint8Array>, to: WritableStream<Uint8Array>) {
    this.#reader = from.getReader();
    try {
      this.#writer = to.getWriter();
    } catch (error) {
      this.#reader.releaseLock();
      throw error;
    }
  }

  async carry(onFailure: (reason: unknown) => void): Promise<void> {
    const reader = this.#reader;
    const writer = this.#writer;
    // A side may fail while this loop waits for the other one.
    reader.closed.catch(onFailure);
    writer.closed.catch(onFailure);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      this.bytes += value.byteLength;
      // desiredSize is null once the writable has failed; ready then rejects with its reason.
      if (!(writer.desiredSize! > 0)) await writer.ready;
      writer.write(value).catch(ignore);
    }
    await writer.close();
  }

  tearDown(reason: unknown): Promise<void>[] {
    return [this.#reader.cancel(reason), this.#writer.abort(reason)];
  }

  release(): void {
    this.#reader.releaseLock();
    this.#writer.releaseLock();
  }
}

function ignore(): void {}

/** Waits until all have settled, but no longer than `ms`. */
function withinMs(ms: number, promises: Promise<unknown>[]): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    Promise.allSettled(promises).then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
