/** The middle value, or the mean of the two middle ones. Throws `RangeError` for no values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the median: there are no values");
  const sorted = sortedCopy(values);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle];
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  // Halved first, the sum cannot overflow; held between the two, since halves of the least numbers round to nothing.
  return Math.min(Math.max(low / 2 + high / 2, low), high);
}

/**
 * The value that `fraction` (0–1) of all values are at or below: nearest rank,
 * so it is always a value that was really measured. Throws `RangeError` for no
 * values or a fraction outside 0–1.
 */
export function percentile(values: readonly number[], fraction: number): number {
  if (values.length === 0) throw new RangeError("Cannot take a percentile: there are no values");
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new RangeError(
      `Cannot take a percentile: fraction must be 0 to 1: current value is '${fraction}'`,
    );
  }
  const sorted = sortedCopy(values);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)];
}

/** Median and extremes of the samples of one figure. */
export interface Summary {
  /** The middle of all samples. */
  readonly median: number;
  /** The smallest sample. */
  readonly min: number;
  /** The largest sample. */
  readonly max: number;
}

/** Median, smallest and largest of `values`. Throws `RangeError` for no values. */
export function summarize(values: readonly number[]): Summary {
  return {
    median: median(values),
    min: values.reduce((a, b) => Math.min(a, b)),
    max: values.reduce((a, b) => Math.max(a, b)),
  };
}

function sortedCopy(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}
