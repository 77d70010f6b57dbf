/** How long to wait between attempts to connect. */
export interface BackoffOptions {
  /** Wait after the first failure, in ms: 1,000. */
  initialMs?: number;
  /** Longest wait, in ms: 120,000. */
  maxMs?: number;
  /** Each wait is this many times the one before: 1.6. */
  multiplier?: number;
  /** Each wait is made longer or shorter by up to this share of itself, at random: 0.2. */
  jitter?: number;
}

/** The values of gRPC's connection-backoff.md. */
export const DEFAULT_BACKOFF: Readonly<Required<BackoffOptions>> = Object.freeze({
  initialMs: 1000,
  maxMs: 120_000,
  multiplier: 1.6,
  jitter: 0.2,
});

/**
 * The wait from the start of one attempt to the start of the next, in ms.
 *
 * @param failures attempts that failed in a row, 1 or more
 * @param random from 0 to 1
 */
export function backoffMs(
  failures: number,
  options: BackoffOptions = {},
  random: () => number = Math.random,
): number {
  const { initialMs, maxMs, multiplier, jitter } = { ...DEFAULT_BACKOFF, ...options };
  const wait = Math.min(maxMs, initialMs * multiplier ** (failures - 1));
  return wait * (1 + jitter * (2 * random() - 1));
}
