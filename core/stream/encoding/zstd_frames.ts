import { EncodingError } from "./encoding_error.ts";

// Magic numbers of RFC 8878 §3.1.1 and §3.1.2, read as little-endian.
const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;

const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/** The parts of a frame, in order; a data block's header and content come again for each block. */
type Part =
  | "magic"
  | "descriptor"
  | "header"
  | "blockHeader"
  | "block"
  | "checksum"
  | "skippableSize"
  | "skippable";

/**
 * Finds where zstd frames end (RFC 8878 §3.1), without decompressing them. node:zlib does not tell a
 * frame that was cut off from a whole one, and stops after the first.
 */
export class ZstdFrameWalker {
  readonly #field = new Uint8Array(4);
  #part: Part = "magic";
  #have = 0;
  #need = 4;
  #checksum = false;
  #lastBlock = false;

  /** Whether all input so far is whole frames. */
  get atFrameStart(): boolean {
    return this.#part === "magic" && this.#have === 0;
  }

  /**
   * Goes over input up to the end of the frame it is in.
   *
   * @returns how many bytes that were; fewer than given only if a frame ended there.
   * @throws {EncodingError} where no frame can be.
   */
  walk(input: Uint8Array): number {
    let at = 0;
    while (at < input.length) {
      const step = Math.min(this.#need - this.#have, input.length - at);
      if (this.#need <= 4) this.#field.set(input.subarray(at, at + step), this.#have);
      at += step;
      this.#have += step;
      while (this.#have === this.#need) {
        this.#endPart();
        if (this.atFrameStart) return at;
      }
    }
    return at;
  }

  #begin(part: Part, bytes: number): void {
    this.#part = part;
    this.#have = 0;
    this.#need = bytes;
  }

  #endPart(): void {
    switch (this.#part) {
      case "magic": {
        const magic = this.#little();
        if (magic === FRAME_MAGIC) return this.#begin("descriptor", 1);
        if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) {
          return this.#begin("skippableSize", 4);
        }
        throw new EncodingError("zstd", `no frame: it begins with 0x${magic.toString(16)}`);
      }
      case "descriptor": {
        const descriptor = this.#field[0];
        const singleSegment = (descriptor & 0x20) !== 0;
        const contentSize = descriptor >> 6;
        this.#checksum = (descriptor & 0x04) !== 0;
        return this.#begin(
          "header",
          (singleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3] +
            (singleSegment && contentSize === 0 ? 1 : CONTENT_SIZE_BYTES[contentSize]),
        );
      }
      case "header":
        return this.#begin("blockHeader", 3);
      case "blockHeader": {
        const header = this.#little() & 0xffffff;
        const type = header >> 1 & 3;
        if (type === 3) throw new EncodingError("zstd", "block of reserved type");
        this.#lastBlock = (header & 1) !== 0;
        // A run-length block stores one byte, whatever its size.
        return this.#begin("block", type === 1 ? 1 : header >> 3);
      }
      case "block":
        if (!this.#lastBlock) return this.#begin("blockHeader", 3);
        return this.#checksum ? this.#begin("checksum", 4) : this.#begin("magic", 4);
      case "skippableSize":
        return this.#begin("skippable", this.#little());
      case "checksum":
      case "skippable":
        return this.#begin("magic", 4);
    }
  }

  #little(): number {
    const field = this.#field;
    return (field[0] | field[1] << 8 | field[2] << 16 | field[3] << 24) >>> 0;
  }
}
