import { connectionError, ErrorCode } from "../errors.ts";
import type { Cursor } from "./cursor.ts";

/** The greatest integer read (RFC 7541 §5.1 leaves the limit to us): what a SETTINGS value can hold. */
const MAX_INTEGER = 2 ** 32 - 1;

/** Octets after the prefix that {@linkcode MAX_INTEGER} needs: 5 × 7 bits. */
const MAX_CONTINUATION_OCTETS = 5;

/** Octets that {@linkcode writeInteger} writes at most, the prefix included. */
export const MAX_INTEGER_OCTETS = 1 + MAX_CONTINUATION_OCTETS;

/**
 * Reads an integer (RFC 7541 §5.1) whose first octet stands at the cursor.
 *
 * @param cursor Moved past the integer.
 * @param mask The prefix with all its bits set: `2 ** prefixBits - 1`.
 * @returns The integer, 0 to 2^32 - 1.
 * @throws {Http2Error} COMPRESSION_ERROR when the block ends inside, or the integer is longer or greater than that.
 */
export function readInteger(cursor: Cursor, mask: number): number {
  const { bytes, end } = cursor;
  let at = cursor.at;
  if (at >= end) throw truncatedInteger();
  let value = bytes[at++] & mask;
  if (value < mask) {
    cursor.at = at;
    return value;
  }
  let scale = 1;
  for (let count = 0; count < MAX_CONTINUATION_OCTETS; count++) {
    if (at >= end) throw truncatedInteger();
    const octet = bytes[at++];
    // No shift: the fifth octet reaches bit 34, past JavaScript's 32-bit operators.
    value += (octet & 0x7f) * scale;
    if (octet < 0x80) {
      if (value > MAX_INTEGER) break;
      cursor.at = at;
      return value;
    }
    scale *= 0x80;
  }
  throw connectionError(
    ErrorCode.COMPRESSION_ERROR,
    `Cannot decode header block: integer must be below 2^32 in at most ${MAX_INTEGER_OCTETS} octets`,
  );
}

/**
 * Writes an integer (RFC 7541 §5.1).
 *
 * @param out Has room for {@linkcode MAX_INTEGER_OCTETS}.
 * @param at Where the first octet goes.
 * @param mask The prefix with all its bits set: `2 ** prefixBits - 1`.
 * @param pattern The bits of the first octet above the prefix.
 * @param value 0 to 2^32 - 1.
 * @returns One past the last octet written.
 */
export function writeInteger(
  out: Uint8Array,
  at: number,
  mask: number,
  pattern: number,
  value: number,
): number {
  if (value < mask) {
    out[at] = pattern | value;
    return at + 1;
  }
  out[at++] = pattern | mask;
  value -= mask;
  while (value >= 0x80) {
    out[at++] = value % 0x80 | 0x80;
    value = Math.floor(value / 0x80);
  }
  out[at++] = value;
  return at;
}

function truncatedInteger(): Error {
  return connectionError(
    ErrorCode.COMPRESSION_ERROR,
    "Cannot decode header block: block ends inside an integer",
  );
}
