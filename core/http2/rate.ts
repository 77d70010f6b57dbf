import type { RateLimit } from "./limits.ts";

/**
 * A token bucket. The clock, which costs more than all the rest, is asked only when it is empty; so after a long rest it
 * may give two bursts at once, one that was there and one that came back meanwhile.
 */
export class TokenBucket {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #at = performance.now();

  /** A full bucket. */
  constructor(limit: RateLimit) {
    this.#burst = limit.burst;
    this.#perMs = limit.perSecond / 1000;
    this.#tokens = limit.burst;
  }

  /** Takes one token; `false` when there is none. */
  take(): boolean {
    if (this.#tokens < 1) {
      const now = performance.now();
      this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
      this.#at = now;
      if (this.#tokens < 1) return false;
    }
    this.#tokens--;
    return true;
  }

  /** Puts one token back: the peer did something useful. */
  credit(): void {
    if (this.#tokens < this.#burst) this.#tokens++;
  }
}
