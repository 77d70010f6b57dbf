// bzip2 has no standard; these numbers are those of bzip2 1.0.8 (compress.c, decompress.c, bzlib_private.h).

/** Bytes that a stream begins with; the level, as an ASCII digit, is the fourth. */
export const STREAM_MAGIC = [0x42, 0x5a, 0x68] as const;

/** What a block begins with, 48 bits in two halves: the digits of pi. */
export const BLOCK_MAGIC = [0x314159, 0x265359] as const;

/** What ends a stream, 48 bits in two halves: the digits of the square root of pi. */
export const END_MAGIC = [0x177245, 0x385090] as const;

/** Bytes of a block for each step of the level. */
export const BLOCK_UNIT = 100_000;

/** Symbols of one group, which share a Huffman table. */
export const GROUP_SYMBOLS = 50;

/** Huffman tables of a block, at least. */
export const MIN_TABLES = 2;

/** Huffman tables of a block, at most. */
export const MAX_TABLES = 6;

/** The longest code that a decoder takes, in bits. */
export const MAX_CODE_BITS = 20;

/** Symbols at most: two for runs, 255 for places in the list, one for the end. */
export const MAX_SYMBOLS = 258;
