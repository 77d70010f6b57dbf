/** Bytes of a piece of history unless told. */
const DEFAULT_LIMIT = 65_536;
/** Bytes of a piece of history at most: well below the 4 MiB that gRPC peers take. */
const MAX_LIMIT = 1_048_576;

/**
 * Which bytes a request for history wants.
 *
 * @param oldest where to begin unless told
 * @throws {RangeError} if a number is out of range
 */
export function historyRange(
  request: { offset?: bigint; limit?: number },
  oldest: number,
): { from: number; limit: number } {
  const { offset = BigInt(oldest), limit = DEFAULT_LIMIT } = request;
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(
      `Cannot read history: offset must be at most 2^53: current value is ${offset}`,
    );
  }
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new RangeError(
      `Cannot read history: limit must be 1 to ${MAX_LIMIT} bytes: current value is ${limit}`,
    );
  }
  return { from: Number(offset), limit };
}
