import type { Encoding } from "./encoding.ts";

/** Bytes that tell an encoding (core-spec §5.3). */
const MAGIC: readonly (readonly [Encoding, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bz2", [0x42, 0x5a, 0x68]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

/** How many bytes {@linkcode detectEncoding} wants to see: those of the longest magic number. */
export const DETECT_BYTES = 6;

/** Tells from the first bytes of a file how it is compressed; `null` if it is not, or in no way known here. */
export function detectEncoding(head: Uint8Array): Encoding | null {
  for (const [encoding, magic] of MAGIC) {
    if (magic.every((byte, i) => head[i] === byte)) return encoding;
  }
  return null;
}
