import { type BitReader, NEED_INPUT } from "./bit_reader.ts";
import { GROUP_SYMBOLS, MAX_CODE_BITS, MAX_TABLES, MIN_TABLES } from "./format.ts";
import { HuffmanDecoder } from "./huffman_decoder.ts";

// Symbols before those of the list: digits 1 and 2 of a run's length.
const RUN_A = 0;
const RUN_B = 1;

/** More bits than one group of symbols can take. */
const GROUP_BITS = GROUP_SYMBOLS * MAX_CODE_BITS;

/**
 * Decodes one block up to the inverse of the sorting: Huffman codes, move-to-front list and runs. Goes as
 * far as the bits reach, and on from there when there are more.
 */
export class BlockDecoder {
  readonly #reader: BitReader;
  readonly #chain: Uint32Array;
  readonly #origin: number;
  readonly #list: Uint8Array;
  readonly #endSymbol: number;
  readonly #selectors: Uint8Array;
  readonly #tables: HuffmanDecoder[];
  #group = 0;
  #length = 0;
  #run = 0;
  #digit = 1;

  /**
   * Reads what stands before the symbols.
   *
   * @param reader stands after the block's checksum.
   * @param chain gets, for each byte of the block in sorted order, the place of the byte after it, eight
   * bits to the left, and the byte; its length is the most that a block may have.
   * @throws {RangeError} on bits that are no block; {@linkcode NEED_INPUT} where they end.
   */
  constructor(reader: BitReader, chain: Uint32Array) {
    if (reader.read(1) === 1) throw new RangeError("randomised blocks (bzip2 before 0.9.5)");
    this.#reader = reader;
    this.#chain = chain;
    this.#origin = reader.read(24);
    this.#list = readUsedBytes(reader);
    this.#endSymbol = this.#list.length + 1;
    const tables = reader.read(3);
    if (tables < MIN_TABLES || tables > MAX_TABLES) throw new RangeError("count of tables");
    this.#selectors = readSelectors(reader, tables);
    this.#tables = Array.from(
      { length: tables },
      () => readTable(reader, this.#endSymbol + 1),
    );
  }

  /** How many bytes the block has, once decoded. */
  get length(): number {
    return this.#length;
  }

  /** The entry of the chain to begin with, once decoded. */
  get first(): number {
    return this.#chain[this.#origin] >>> 8;
  }

  /**
   * Decodes as far as the bits reach; returns whether that was to the end.
   *
   * @throws {RangeError} on bits that are no block.
   */
  decode(): boolean {
    const reader = this.#reader;
    while (this.#group < this.#selectors.length) {
      const mayEnd = reader.end - reader.position < GROUP_BITS;
      const undo = mayEnd ? this.#save() : undefined;
      let ended: boolean;
      try {
        ended = this.#decodeGroup();
      } catch (error) {
        // Zeros were read after the last bit: they say nothing.
        if (error !== NEED_INPUT && reader.position <= reader.end) throw error;
        ended = false;
      }
      if (undo && reader.position > reader.end) {
        undo();
        return false;
      }
      if (ended) {
        if (this.#origin >= this.#length) throw new RangeError("place of the first byte");
        link(this.#chain, this.#length);
        return true;
      }
      this.#group++;
    }
    throw new RangeError("block does not end");
  }

  #save(): () => void {
    const { position } = this.#reader;
    const list = this.#list.slice();
    const [length, run, digit] = [this.#length, this.#run, this.#digit];
    return () => {
      this.#reader.position = position;
      this.#list.set(list);
      [this.#length, this.#run, this.#digit] = [length, run, digit];
    };
  }

  #decodeGroup(): boolean {
    const reader = this.#reader;
    const chain = this.#chain;
    const list = this.#list;
    const table = this.#tables[this.#selectors[this.#group]];
    for (let i = 0; i < GROUP_SYMBOLS; i++) {
      const symbol = table.read(reader);
      if (symbol === RUN_A || symbol === RUN_B) {
        this.#run += this.#digit << symbol;
        this.#digit <<= 1;
        if (this.#run > chain.length) throw new RangeError("block is too long");
        continue;
      }
      if (this.#run > 0) this.#endRun();
      if (symbol === this.#endSymbol) return true;
      if (this.#length === chain.length) throw new RangeError("block is too long");
      chain[this.#length++] = moveToFront(list, symbol - 1);
    }
    return false;
  }

  #endRun(): void {
    const end = this.#length + this.#run;
    if (end > this.#chain.length) throw new RangeError("block is too long");
    this.#chain.fill(this.#list[0], this.#length, end);
    this.#length = end;
    this.#run = 0;
    this.#digit = 1;
  }
}

/** The bytes that occur in the block, in order: a map of sixteen maps of sixteen. */
function readUsedBytes(reader: BitReader): Uint8Array {
  const used = new Uint8Array(256);
  let count = 0;
  const rows = reader.read(16);
  for (let row = 0; row < 16; row++) {
    if ((rows & 0x8000 >> row) === 0) continue;
    const columns = reader.read(16);
    for (let column = 0; column < 16; column++) {
      if ((columns & 0x8000 >> column) !== 0) used[count++] = row << 4 | column;
    }
  }
  if (count === 0) throw new RangeError("block has no bytes");
  return used.subarray(0, count);
}

/** Which table each group uses. */
function readSelectors(reader: BitReader, tableCount: number): Uint8Array {
  const count = reader.read(15);
  if (count === 0) throw new RangeError("block has no groups");
  const selectors = new Uint8Array(count);
  const list = Uint8Array.from({ length: tableCount }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    let place = 0;
    while (reader.read(1) === 1) {
      if (++place === tableCount) throw new RangeError("selector");
    }
    selectors[i] = moveToFront(list, place);
  }
  return selectors;
}

/** One table: the first length, then steps up and down from each symbol's to the next. */
function readTable(reader: BitReader, symbols: number): HuffmanDecoder {
  const lengths = new Uint8Array(symbols);
  let length = reader.read(5);
  for (let symbol = 0; symbol < symbols; symbol++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) throw new RangeError("length of a code");
      if (reader.read(1) === 0) break;
      length += reader.read(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return new HuffmanDecoder(lengths);
}

function moveToFront(list: Uint8Array, place: number): number {
  const value = list[place];
  // A loop, since most places are near the front, where the call of copyWithin would cost more.
  for (let i = place; i > 0; i--) list[i] = list[i - 1];
  list[0] = value;
  return value;
}

/** Writes into each entry the place of the byte after it: the inverse of the Burrows-Wheeler transform. */
function link(chain: Uint32Array, length: number): void {
  const next = new Uint32Array(256);
  for (let i = 0; i < length; i++) next[chain[i]]++;
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    const count = next[byte];
    next[byte] = sum;
    sum += count;
  }
  for (let i = 0; i < length; i++) chain[next[chain[i] & 0xff]++] |= i << 8;
}
