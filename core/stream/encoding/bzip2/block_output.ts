import { CRC_START, crcByte, crcValue } from "./crc.ts";

/** Four equal bytes are followed by a count of further ones. */
const RUN_LENGTH = 4;

/** Hands out a decoded block piece by piece: follows the chain and writes runs out. */
export class BlockOutput {
  readonly #chain: Uint32Array;
  #remaining: number;
  #place: number;
  #byte = -1;
  #run = 0;
  #repeat = 0;
  #crc = CRC_START;

  /** @param chain as a `BlockDecoder` filled it, with its `length` and `first`. */
  constructor(chain: Uint32Array, length: number, first: number) {
    this.#chain = chain;
    this.#remaining = length;
    this.#place = first;
  }

  /** The checksum of what was handed out. */
  get crc(): number {
    return crcValue(this.#crc);
  }

  /** The next bytes, at most `max`; empty at the end. */
  read(max: number): Uint8Array {
    const output = new Uint8Array(max);
    const chain = this.#chain;
    let at = 0;
    let crc = this.#crc;
    while (at < max) {
      if (this.#repeat > 0) {
        const count = Math.min(this.#repeat, max - at);
        output.fill(this.#byte, at, at + count);
        for (let i = 0; i < count; i++) crc = crcByte(crc, this.#byte);
        at += count;
        this.#repeat -= count;
        continue;
      }
      if (this.#remaining === 0) break;
      this.#remaining--;
      const entry = chain[this.#place];
      this.#place = entry >>> 8;
      const byte = entry & 0xff;
      if (this.#run === RUN_LENGTH) {
        this.#repeat = byte;
        this.#run = 0;
        continue;
      }
      this.#run = byte === this.#byte ? this.#run + 1 : 1;
      this.#byte = byte;
      output[at++] = byte;
      crc = crcByte(crc, byte);
    }
    this.#crc = crc;
    return at === max ? output : output.subarray(0, at);
  }
}
