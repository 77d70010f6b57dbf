import { type BitReader, NEED_INPUT } from "./bit_reader.ts";
import { MAX_CODE_BITS } from "./format.ts";

/** Codes up to this long are found in one step. */
const FAST_BITS = 10;

/** A canonical Huffman code, for decoding. */
export class HuffmanDecoder {
  /** For each {@linkcode FAST_BITS} next bits: the symbol, five bits to the left, and the code's length; 0 if longer. */
  readonly #fast = new Uint16Array(1 << FAST_BITS);
  /** For each length: the first code that is longer, as bits of {@linkcode MAX_CODE_BITS}. */
  readonly #limits = new Int32Array(MAX_CODE_BITS + 1);
  /** For each length: what to add to a code to get its place in `#symbols`. */
  readonly #offsets = new Int32Array(MAX_CODE_BITS + 1);
  readonly #symbols: Uint16Array;

  /**
   * @param lengths of the symbols' codes, in bits, 1 to {@linkcode MAX_CODE_BITS}.
   * @throws {RangeError} if there is no such code.
   */
  constructor(lengths: Uint8Array) {
    this.#symbols = new Uint16Array(lengths.length);
    let code = 0;
    let place = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      this.#offsets[length] = place - code;
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue;
        if (length <= FAST_BITS) {
          const spare = FAST_BITS - length;
          this.#fast.fill(symbol << 5 | length, code << spare, (code + 1) << spare);
        }
        this.#symbols[place++] = symbol;
        code++;
      }
      if (code > 1 << length) throw new RangeError("more codes than bits");
      this.#limits[length] = code << (MAX_CODE_BITS - length);
      code <<= 1;
    }
  }

  /** Reads one symbol; looks at up to three bytes more than are there. Throws a `RangeError` on bits that are no code. */
  read(reader: BitReader): number {
    const { bytes, position } = reader;
    const at = position >> 3;
    const word = (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) <<
      (position & 7);
    const entry = this.#fast[word >>> (32 - FAST_BITS)];
    if (entry !== 0) {
      reader.position = position + (entry & 31);
      return entry >> 5;
    }
    const code = word >>> (32 - MAX_CODE_BITS);
    for (let length = FAST_BITS + 1; length <= MAX_CODE_BITS; length++) {
      if (code < this.#limits[length]) {
        reader.position = position + length;
        return this.#symbols[(code >> (MAX_CODE_BITS - length)) + this.#offsets[length]];
      }
    }
    if (position + MAX_CODE_BITS > reader.end) throw NEED_INPUT;
    throw new RangeError("no such code");
  }
}
