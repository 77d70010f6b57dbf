/** A prime: what is lost is hardly ever a multiple of it. */
const PERIOD = 251;

/** `length` bytes of the endless pattern 0, 1, … 250, 0, … from `offset` on. */
export function numberedBytes(offset: number, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => (offset + at) % PERIOD);
}

/** Compares what arrives with the pattern of {@linkcode numberedBytes}. */
export class NumberedBytesCheck {
  /** Bytes that arrived. */
  received = 0;
  /** How many of them did not follow the one before. */
  breaks = 0;
  #next = 0;

  /** Takes the next bytes. */
  feed(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte !== this.#next) this.breaks++;
      this.#next = (byte + 1) % PERIOD;
    }
    this.received += bytes.length;
  }
}
