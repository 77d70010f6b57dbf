/** Writes bits, highest first, into memory that grows. */
export class BitWriter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #buffer = 0;
  #bits = 0;

  /** Writes the low 1 to 24 bits of `value`, which has no others. */
  write(bits: number, value: number): void {
    this.#buffer = this.#buffer << bits | value;
    this.#bits += bits;
    while (this.#bits >= 8) {
      this.#bits -= 8;
      if (this.#length === this.#bytes.length) this.#grow();
      this.#bytes[this.#length++] = this.#buffer >>> this.#bits;
    }
  }

  /** Writes 32 bits. */
  write32(value: number): void {
    this.write(16, value >>> 16);
    this.write(16, value & 0xffff);
  }

  /** Fills up the last byte with zeros. */
  align(): void {
    if (this.#bits > 0) this.write(8 - this.#bits, 0);
  }

  /** Takes out the whole bytes written so far. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  #grow(): void {
    const bytes = new Uint8Array(2 * this.#bytes.length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
