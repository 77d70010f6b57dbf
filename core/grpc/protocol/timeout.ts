const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

const UNITS_FINEST_FIRST = ["n", "u", "m", "S", "M", "H"];

/** The largest TimeoutValue: eight digits (gRPC over HTTP/2, "Timeout"). */
const MAX_VALUE = 99_999_999;

/** Reads a `grpc-timeout`: milliseconds, with fractions; `undefined` if it is malformed. */
export function parseGrpcTimeout(value: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(value);
  return match === null ? undefined : Number(match[1]) * UNIT_MS[match[2]];
}

/**
 * Writes a `grpc-timeout` in the finest unit that eight digits hold, never shorter than `ms` but
 * at most 99,999,999 hours. Zero and less become one nanosecond: a deadline that is over.
 */
export function formatGrpcTimeout(ms: number): string {
  if (!(ms > 0)) return "1n";
  const whole = Number.isInteger(ms);
  if (whole && ms <= MAX_VALUE) return `${ms}m`;
  for (const unit of UNITS_FINEST_FIRST) {
    const value = Math.ceil(ms / UNIT_MS[unit]);
    if (value <= MAX_VALUE) return `${value}${unit}`;
  }
  return `${MAX_VALUE}H`;
}
