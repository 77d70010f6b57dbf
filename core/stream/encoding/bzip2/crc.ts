/** CRC-32 with polynomial 0x04c11db7, highest bit first: bzip2's, not that of gzip. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? crc << 1 ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/** The state before the first byte. */
export const CRC_START = 0xffffffff | 0;

/** The state after a byte more. */
export function crcByte(state: number, byte: number): number {
  return state << 8 ^ TABLE[state >>> 24 ^ byte];
}

/** The state after some bytes more. */
export function crcBytes(state: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) state = state << 8 ^ TABLE[state >>> 24 ^ bytes[i]];
  return state;
}

/** The checksum that a state stands for. */
export function crcValue(state: number): number {
  return ~state >>> 0;
}

/** The checksum of a stream, from that of the blocks before and the next block's. */
export function combineCrc(stream: number, block: number): number {
  return ((stream << 1 | stream >>> 31) ^ block) >>> 0;
}
