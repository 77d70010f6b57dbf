/** Thrown where the bytes end: more must be appended, or there are none. */
export const NEED_INPUT: unique symbol = Symbol("bzip2: need input");

/** Zeros after the last byte, so that a loop may look ahead without asking each time. */
const PADDING = 256;

/** Reads bits, highest first, from bytes that come in pieces. The fields are open to the hot loop. */
export class BitReader {
  /** The bytes held, and at least 256 after them. */
  bytes: Uint8Array = new Uint8Array(PADDING);
  /** The next bit, counted from the first of `bytes`. */
  position = 0;
  /** The bit after the last one. */
  end = 0;

  /** Bytes not yet read, the last one perhaps in part. */
  get available(): number {
    return (this.end - this.position + 7) >> 3;
  }

  /** Adds a copy of `input`; bytes already read make room, so that `position` changes. */
  append(input: Uint8Array): void {
    const unread = this.bytes.subarray(this.position >> 3, this.end >> 3);
    const length = unread.length + input.length;
    if (length + PADDING > this.bytes.length) {
      const bytes = new Uint8Array(2 * length + PADDING);
      bytes.set(unread);
      this.bytes = bytes;
    } else {
      this.bytes.copyWithin(0, this.position >> 3, this.end >> 3);
    }
    this.bytes.set(input, unread.length);
    this.bytes.fill(0, length, length + PADDING);
    this.position &= 7;
    this.end = length * 8;
  }

  /** Reads 1 to 24 bits. */
  read(bits: number): number {
    const at = this.position >> 3;
    const { bytes } = this;
    const word = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
    const value = word << (this.position & 7) >>> (32 - bits);
    this.position += bits;
    if (this.position > this.end) throw NEED_INPUT;
    return value;
  }

  /** Reads 32 bits, unsigned. */
  read32(): number {
    const high = this.read(16);
    return (high << 16 | this.read(16)) >>> 0;
  }

  /** Goes on to the next whole byte. */
  align(): void {
    this.position = (this.position + 7) & ~7;
  }
}
