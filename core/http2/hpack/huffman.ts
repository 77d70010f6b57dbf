import { connectionError, ErrorCode } from "../errors.ts";
import { CODE_LENGTHS, CODES, EOS } from "./huffman_table.ts";

/** A character no octet has; encoded as `?`, because throwing would leave the two tables out of step. */
const REPLACEMENT = 0x3f;

/**
 * The number of octets that `text` takes in the Huffman code (RFC 7541 §5.2).
 *
 * @param text One character per octet; one above 255 counts as `?`.
 */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i);
    bits += CODE_LENGTHS[symbol < 256 ? symbol : REPLACEMENT];
  }
  return Math.ceil(bits / 8);
}

/**
 * Writes `text` in the Huffman code, padded with ones.
 *
 * @param out Has room for {@linkcode huffmanLength} octets.
 * @param at Where the first octet goes.
 * @param text One character per octet; one above 255 is written as `?`.
 * @returns One past the last octet written.
 */
export function writeHuffman(out: Uint8Array, at: number, text: string): number {
  let pending = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    const symbol = character < 256 ? character : REPLACEMENT;
    const code = CODES[symbol];
    let length = CODE_LENGTHS[symbol];
    // Up to 7 pending bits and 30 of the longest code do not fit in 32: long codes go in two parts.
    if (length > 16) {
      length -= 16;
      pending = pending << length | code >>> 16;
      bits += length;
      while (bits >= 8) out[at++] = pending >>> (bits -= 8);
      pending = pending << 16 | code & 0xffff;
      bits += 16;
    } else {
      pending = pending << length | code;
      bits += length;
    }
    while (bits >= 8) out[at++] = pending >>> (bits -= 8);
  }
  if (bits > 0) out[at++] = pending << 8 - bits | 0xff >>> bits;
  return at;
}

/**
 * The decoding tree, eight bits a step: node n has the 256 entries from n * 256,
 * by the next eight bits. An entry is the node below for a code that goes on
 * (`BRANCH | node`), `symbol << 4 | bits` for one that ends after 1 to 8 of them,
 * or 0 for end of string, which must not be found (§5.2).
 */
const TREE: Uint16Array = buildTree();

const BRANCH = 0x8000;

function buildTree(): Uint16Array {
  // The 8-bit prefixes that codes of Appendix B go on from: 0xfe, 0xff, 0xfff6 …; the tests count them.
  const nodes: number[][] = [new Array(256).fill(0)];
  for (let symbol = 0; symbol < EOS; symbol++) {
    let node = 0;
    let bits = CODE_LENGTHS[symbol];
    const code = CODES[symbol];
    for (; bits > 8; bits -= 8) {
      const prefix = code >>> bits - 8 & 0xff;
      if (nodes[node][prefix] === 0) {
        nodes[node][prefix] = 0x8000 | nodes.push(new Array(256).fill(0)) - 1;
      }
      node = nodes[node][prefix] & 0x7fff;
    }
    const first = code << 8 - bits & 0xff;
    nodes[node].fill(symbol << 4 | bits, first, first + (1 << 8 - bits));
  }
  return Uint16Array.from(nodes.flat());
}

/** The most octets that `length` octets of Huffman code can stand for: the shortest code has 5 bits. */
export function maxDecodedLength(length: number): number {
  return Math.floor(length * 8 / 5);
}

/**
 * Decodes the Huffman code (RFC 7541 §5.2) in `bytes` from `at` to `end`.
 *
 * @param out Gets the octets from 0; has room for {@linkcode maxDecodedLength}.
 * @returns The number of octets.
 * @throws {Http2Error} COMPRESSION_ERROR when end of string is found, or the padding is not 0 to 7 ones.
 */
export function readHuffman(out: Uint8Array, bytes: Uint8Array, at: number, end: number): number {
  let length = 0;
  let node = 0;
  let pending = 0;
  // Of `pending`: the low bits not yet used for a step, and those since the last symbol ended.
  let bits = 0;
  let open = 0;
  while (at < end) {
    pending = pending << 8 | bytes[at++];
    bits += 8;
    open += 8;
    do {
      const entry = TREE[node << 8 | pending >>> bits - 8 & 0xff];
      if (entry >= BRANCH) {
        node = entry & 0x7fff;
        bits -= 8;
      } else if (entry !== 0) {
        out[length++] = entry >>> 4;
        bits -= entry & 0xf;
        open = bits;
        node = 0;
      } else {
        throw malformed("end of string must not be encoded");
      }
    } while (bits >= 8);
  }
  while (bits > 0) {
    const entry = TREE[node << 8 | pending << 8 - bits & 0xff];
    const used = entry & 0xf;
    if (entry >= BRANCH || entry === 0 || used > bits) break;
    out[length++] = entry >>> 4;
    bits -= used;
    open = bits;
    node = 0;
  }
  if (open > 7) throw malformed("padding must be shorter than 8 bits");
  const ones = (1 << bits) - 1;
  if ((pending & ones) !== ones) throw malformed("padding must be ones");
  return length;
}

function malformed(reason: string): Error {
  return connectionError(
    ErrorCode.COMPRESSION_ERROR,
    `Cannot decode Huffman string: ${reason}`,
  );
}
