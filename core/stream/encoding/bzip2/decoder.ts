import { type Coder, OUTPUT_BYTES } from "../coder.ts";
import { CUT_OFF, EncodingError, TRAILING_BYTES } from "../encoding_error.ts";
import { BitReader, NEED_INPUT } from "./bit_reader.ts";
import { BlockDecoder } from "./block_decoder.ts";
import { BlockOutput } from "./block_output.ts";
import { combineCrc } from "./crc.ts";
import { BLOCK_MAGIC, BLOCK_UNIT, END_MAGIC, STREAM_MAGIC } from "./format.ts";

/**
 * Decompresses bzip2, all streams of it. It holds one decoded block, of up to 3.6 MB, and writes it out
 * in pieces.
 */
export class Bzip2Decoder implements Coder {
  readonly #reader = new BitReader();
  #chain = new Uint32Array(0);
  #decoder: BlockDecoder | undefined;
  #output: BlockOutput | undefined;
  #blockCrc = 0;
  #streamCrc = 0;
  #streams = 0;
  #inStream = false;
  #ended = false;

  push(input: Uint8Array): void {
    this.#reader.append(input);
  }

  end(): void {
    this.#ended = true;
  }

  pull(): Uint8Array | null {
    try {
      for (;;) {
        const output = this.#output?.read(OUTPUT_BYTES);
        if (output && output.length > 0) return output;
        if (this.#output) this.#endBlock();
        if (!this.#step()) break;
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new EncodingError("bz2", `data is corrupt: ${error.message}`);
    }
    if (!this.#ended) return null;
    if (this.#inStream || this.#reader.available > 0 || this.#streams === 0) {
      throw new EncodingError("bz2", CUT_OFF);
    }
    return null;
  }

  close(): void {
    this.#chain = new Uint32Array(0);
    this.#decoder = undefined;
    this.#output = undefined;
  }

  /** Reads on; returns whether there was enough to read. */
  #step(): boolean {
    if (this.#decoder) {
      if (!this.#decoder.decode()) return false;
      this.#output = new BlockOutput(this.#chain, this.#decoder.length, this.#decoder.first);
      this.#decoder = undefined;
      return true;
    }
    const start = this.#reader.position;
    try {
      if (this.#inStream) this.#readBlockHeader();
      else this.#readStreamHeader();
      return true;
    } catch (error) {
      if (error !== NEED_INPUT) throw error;
      this.#reader.position = start;
      return false;
    }
  }

  #readStreamHeader(): void {
    for (const byte of STREAM_MAGIC) {
      if (this.#reader.read(8) === byte) continue;
      const reason = this.#streams > 0 ? TRAILING_BYTES : "it has no header of bzip2";
      throw new EncodingError("bz2", reason);
    }
    const level = this.#reader.read(8) - 0x30;
    if (level < 1 || level > 9) throw new RangeError("level");
    const blockBytes = level * BLOCK_UNIT;
    if (this.#chain.length !== blockBytes) this.#chain = new Uint32Array(blockBytes);
    this.#inStream = true;
    this.#streamCrc = 0;
  }

  #readBlockHeader(): void {
    const high = this.#reader.read(24);
    const low = this.#reader.read(24);
    const crc = this.#reader.read32();
    if (high === BLOCK_MAGIC[0] && low === BLOCK_MAGIC[1]) {
      this.#decoder = new BlockDecoder(this.#reader, this.#chain);
      this.#blockCrc = crc;
    } else if (high === END_MAGIC[0] && low === END_MAGIC[1]) {
      if (crc !== this.#streamCrc) throw new RangeError("checksum of the stream");
      this.#reader.align();
      this.#inStream = false;
      this.#streams++;
    } else {
      throw new RangeError("neither a block nor the end");
    }
  }

  #endBlock(): void {
    if (this.#output!.crc !== this.#blockCrc) throw new RangeError("checksum of a block");
    this.#streamCrc = combineCrc(this.#streamCrc, this.#blockCrc);
    this.#output = undefined;
  }
}
