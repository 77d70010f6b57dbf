/** The longest delay that timers take (a signed 32-bit count of milliseconds); longer ones fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** A timer for any span, also beyond the 24.8 days of `setTimeout`. */
export class Deadline {
  readonly #at: number;
  readonly #expired: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls `expired` in `ms` milliseconds, unless cleared before. */
  constructor(ms: number, expired: () => void) {
    this.#at = performance.now() + ms;
    this.#expired = expired;
    this.#arm(ms);
  }

  /** Milliseconds left; 0 or less when it is over. */
  get remainingMs(): number {
    return this.#at - performance.now();
  }

  /** Stops the timer. */
  clear(): void {
    clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => {
      const left = this.remainingMs;
      // Timers may be early by a fraction of a millisecond: that counts as over.
      if (left > 1) this.#arm(left);
      else this.#expired();
    }, Math.min(ms, MAX_DELAY_MS));
  }
}
