import { type Coder, OUTPUT_BYTES } from "../coder.ts";
import { BitWriter } from "./bit_writer.ts";
import { encodeBlock } from "./block_encoder.ts";
import { combineCrc, CRC_START, crcByte, crcValue } from "./crc.ts";
import { BLOCK_UNIT, END_MAGIC, STREAM_MAGIC } from "./format.ts";

/** The most equal bytes that a run holds: four, and a count of up to 251 (bzip2 1.0.8, compress). */
const LONGEST_RUN = 255;

/** Compresses to one bzip2 stream. Collects a block of up to 900 kB, and encodes it in one go. */
export class Bzip2Encoder implements Coder {
  readonly #writer = new BitWriter();
  readonly #block: Uint8Array;
  #length = 0;
  #input: Uint8Array = new Uint8Array(0);
  #output: Uint8Array = new Uint8Array(0);
  #byte = -1;
  #run = 0;
  #blockCrc = CRC_START;
  #streamCrc = 0;
  #ended = false;

  /** @param level 1 to 9: block size in units of 100,000 bytes. */
  constructor(level: number) {
    this.#block = new Uint8Array(level * BLOCK_UNIT);
    for (const byte of STREAM_MAGIC) this.#writer.write(8, byte);
    this.#writer.write(8, 0x30 + level);
  }

  push(input: Uint8Array): void {
    this.#input = input;
  }

  end(): void {
    this.#endRun();
    if (this.#length > 0) this.#endBlock();
    for (const half of END_MAGIC) this.#writer.write(24, half);
    this.#writer.write32(this.#streamCrc);
    this.#writer.align();
    this.#output = this.#writer.take();
    this.#ended = true;
  }

  pull(): Uint8Array | null {
    while (this.#output.length === 0) {
      if (this.#ended || this.#input.length === 0) return null;
      this.#input = this.#input.subarray(this.#collect(this.#input));
    }
    const output = this.#output.subarray(0, OUTPUT_BYTES);
    this.#output = this.#output.subarray(OUTPUT_BYTES);
    return output;
  }

  close(): void {}

  /** Takes bytes until the block is full; returns how many. */
  #collect(input: Uint8Array): number {
    for (let i = 0; i < input.length; i++) {
      const byte = input[i];
      if (byte !== this.#byte || this.#run === LONGEST_RUN) {
        this.#endRun();
        // A run of up to five bytes must still fit.
        if (this.#length + 5 > this.#block.length) {
          this.#endBlock();
          this.#output = this.#writer.take();
          return i;
        }
        this.#byte = byte;
      }
      this.#run++;
      this.#blockCrc = crcByte(this.#blockCrc, byte);
    }
    return input.length;
  }

  #endRun(): void {
    const run = this.#run;
    this.#run = 0;
    for (let i = 0; i < run && i < 4; i++) this.#block[this.#length++] = this.#byte;
    if (run >= 4) this.#block[this.#length++] = run - 4;
    this.#byte = -1;
  }

  #endBlock(): void {
    const crc = crcValue(this.#blockCrc);
    encodeBlock(this.#writer, this.#block.subarray(0, this.#length), crc);
    this.#streamCrc = combineCrc(this.#streamCrc, crc);
    this.#blockCrc = CRC_START;
    this.#length = 0;
  }
}
