import { countedReadable } from "./counted.ts";

/** How far a transfer has come. */
export interface Progress {
  /** Bytes so far. */
  readonly bytes: number;
  /** Bytes in all, where known. */
  readonly total?: number;
  /** Speed of the last few seconds; with `done`, of the whole transfer. */
  readonly bytesPerSecond: number;
  /** Time since the start, in ms. */
  readonly elapsedMs: number;
  /** Time that the rest would take at this speed, in ms; absent without `total` or before any speed is known. */
  readonly remainingMs?: number;
  /** Whether this is the last report. */
  readonly done: boolean;
}

/** Options of {@linkcode ProgressMeter} and {@linkcode withProgress}. */
export interface ProgressOptions {
  /** Called with the state of the transfer, at most every `intervalMs`, and once with `done`. */
  onProgress: (progress: Progress) => void;
  /** Bytes in all, where known. */
  total?: number;
  /** Least time between two reports, in ms; 100 unless told. */
  intervalMs?: number;
  /** The clock, in ms; `performance.now` unless told. */
  now?: () => number;
}

/** The speed shown forgets the past with this time constant, in ms (ours: steady yet honest to the eye). */
const SPEED_MEMORY_MS = 2_000;

/** Counts bytes and reports them now and then. Costs a clock reading for each `add`; holds no timer. */
export class ProgressMeter {
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  readonly #intervalMs: number;
  readonly #startedAt: number;
  #reportedAt: number;
  #reportedBytes = 0;
  #bytes = 0;
  #speed: number | undefined;
  #done = false;

  /** Starts the clock. */
  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#intervalMs = options.intervalMs ?? 100;
    this.#startedAt = this.#reportedAt = this.#now();
  }

  /** Counts `bytes` more. */
  add(bytes: number): void {
    this.#bytes += bytes;
    const now = this.#now();
    const sinceReport = now - this.#reportedAt;
    if (sinceReport < this.#intervalMs) return;
    const speed = (this.#bytes - this.#reportedBytes) * 1_000 / sinceReport;
    const forget = 1 - Math.exp(-sinceReport / SPEED_MEMORY_MS);
    this.#speed = this.#speed === undefined ? speed : this.#speed + (speed - this.#speed) * forget;
    this.#reportedAt = now;
    this.#reportedBytes = this.#bytes;
    this.#report(now, this.#speed);
  }

  /** Makes the last report. Further calls have no effect. */
  finish(): void {
    if (this.#done) return;
    this.#done = true;
    const now = this.#now();
    const elapsed = now - this.#startedAt;
    this.#report(now, elapsed > 0 ? this.#bytes * 1_000 / elapsed : 0);
  }

  #report(now: number, bytesPerSecond: number): void {
    const { total, onProgress } = this.#options;
    onProgress({
      bytes: this.#bytes,
      total,
      bytesPerSecond,
      elapsedMs: now - this.#startedAt,
      remainingMs: total === undefined || bytesPerSecond === 0
        ? undefined
        : Math.max(0, total - this.#bytes) * 1_000 / bytesPerSecond,
      done: this.#done,
    });
  }
}

/**
 * The same stream, reporting progress as it is read; the last report comes when it ends in order.
 *
 * @example
 * ```ts
 * const source = withProgress(file.readable, { total: size, onProgress: (p) => draw(p) });
 * ```
 */
export function withProgress(
  readable: ReadableStream<Uint8Array>,
  options: ProgressOptions,
): ReadableStream<Uint8Array> {
  const meter = new ProgressMeter(options);
  return countedReadable(readable, (bytes) => meter.add(bytes), () => meter.finish());
}
