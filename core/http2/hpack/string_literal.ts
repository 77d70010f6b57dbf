import { connectionError, ErrorCode } from "../errors.ts";
import type { Cursor } from "./cursor.ts";
import { huffmanLength, maxDecodedLength, readHuffman, writeHuffman } from "./huffman.ts";
import { MAX_INTEGER_OCTETS, readInteger, writeInteger } from "./integer.ts";
import { latin1 } from "./latin1.ts";

/** The H bit: the octets that follow are Huffman code (RFC 7541 §5.2). */
const HUFFMAN = 0x80;

const LENGTH_MASK = 0x7f;

/** Takes what is decoded from Huffman code; longer strings get a buffer of their own. */
const scratch = new Uint8Array(8192);

/**
 * Reads a string literal (RFC 7541 §5.2) at the cursor.
 *
 * @param cursor Moved past the string.
 * @returns One character per octet.
 * @throws {Http2Error} COMPRESSION_ERROR when the block ends inside, or the Huffman code is malformed.
 */
export function readString(cursor: Cursor): string {
  const { bytes, at } = cursor;
  // At the end of the block readInteger below throws, whatever is read here.
  const huffman = at < cursor.end && bytes[at] >= HUFFMAN;
  const length = readInteger(cursor, LENGTH_MASK);
  const start = cursor.at;
  if (length > cursor.end - start) {
    throw connectionError(
      ErrorCode.COMPRESSION_ERROR,
      "Cannot decode header block: block ends inside a string",
    );
  }
  const end = start + length;
  cursor.at = end;
  if (!huffman) return latin1(bytes, start, end);
  const most = maxDecodedLength(length);
  const out = most <= scratch.length ? scratch : new Uint8Array(most);
  return latin1(out, 0, readHuffman(out, bytes, start, end));
}

/** The most octets that {@linkcode writeString} writes for `text`. */
export function maxStringOctets(text: string): number {
  return MAX_INTEGER_OCTETS + text.length;
}

/**
 * Writes a string literal (RFC 7541 §5.2), in Huffman code where that is not longer.
 *
 * @param out Has room for {@linkcode maxStringOctets}.
 * @param at Where the first octet goes.
 * @param text One character per octet; one above 255 is written as `?`.
 * @param huffman Whether Huffman code may be used.
 * @returns One past the last octet written.
 */
export function writeString(out: Uint8Array, at: number, text: string, huffman: boolean): number {
  const { length } = text;
  if (huffman) {
    const coded = huffmanLength(text);
    // Also where it is as long: the examples of RFC 7541 Appendix C do so.
    if (coded <= length) {
      return writeHuffman(out, writeInteger(out, at, LENGTH_MASK, HUFFMAN, coded), text);
    }
  }
  at = writeInteger(out, at, LENGTH_MASK, 0, length);
  for (let i = 0; i < length; i++) {
    const character = text.charCodeAt(i);
    out[at++] = character < 256 ? character : 0x3f;
  }
  return at;
}
