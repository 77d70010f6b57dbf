/** Seconds of a break unless told: pyserial's. */
const DEFAULT_SECONDS = 0.25;
/** Seconds of a break at most (ours: no more is of use, and the line is dead meanwhile). */
const MAX_SECONDS = 10;

/**
 * The length of a break in ms.
 *
 * @param seconds more than 0 up to 10, 0.25 unless told
 * @throws {RangeError} if it is none
 */
export function breakMs(seconds: number = DEFAULT_SECONDS): number {
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds * 1000;
  throw new RangeError(
    `Cannot send a break: duration must be more than 0 and at most ${MAX_SECONDS} s: current value is ${seconds}`,
  );
}
