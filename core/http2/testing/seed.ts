/** A small generator of pseudo-random numbers (mulberry32): the same seed gives the same run. */
export class Random {
  #state: number;

  /** Starts with `seed`. */
  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 random bits. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.bits() / 4294967296 * limit);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  /** One of them. */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  /** Random octets. */
  octets(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.bits());
  }
}

/** The seed of a run: `HTTP2_SEED` repeats one. */
export function chooseSeed(): number {
  const given = Deno.env.get("HTTP2_SEED");
  return given === undefined ? crypto.getRandomValues(new Uint32Array(1))[0] : Number(given);
}

/** What one run may take; one that hangs is to be named as well. */
const LONGEST_MS = 60_000;

/** Runs `body` with a generator; what it throws names the seed, and so does a run that does not end. */
export async function withSeed(
  seed: number,
  body: (random: Random) => void | Promise<void>,
): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no end after ${LONGEST_MS} ms`)), LONGEST_MS);
  try {
    await Promise.race([body(new Random(seed)), late]);
  } catch (cause) {
    throw new Error(`HTTP2_SEED=${seed} repeats this: ${cause}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
