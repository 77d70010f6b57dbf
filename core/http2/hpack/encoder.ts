import type { Field, FieldList } from "../fields.ts";
import { fieldSize, INITIAL_TABLE_SIZE } from "./dynamic_table.ts";
import { FieldIndex } from "./field_index.ts";
import { defaultIndexing, Indexing, type IndexingPolicy } from "./indexing.ts";
import { MAX_INTEGER_OCTETS, writeInteger } from "./integer.ts";
import {
  INDEXED,
  INDEXED_MASK,
  LITERAL_INCREMENTAL,
  LITERAL_INCREMENTAL_MASK,
  LITERAL_MASK,
  LITERAL_NEVER,
  LITERAL_WITHOUT,
  SIZE_UPDATE,
  SIZE_UPDATE_MASK,
} from "./representation.ts";
import { maxStringOctets, writeString } from "./string_literal.ts";

/** Settings of an {@linkcode HpackEncoder}. */
export interface HpackEncoderOptions {
  /** The most octets of dynamic table used, whatever the peer allows. Default 4096. */
  maxTableSize?: number;
  /** Whether strings are Huffman coded where that is not longer. Default true. */
  huffman?: boolean;
  /** What is indexed. Default {@linkcode defaultIndexing}. */
  indexing?: IndexingPolicy;
}

/** Octets allocated at a time: blocks are carved from it, which is ten times cheaper than an array each. */
const CHUNK_OCTETS = 4096;

/** Less room than this in the chunk is left unused: most blocks then fit without moving. */
const MIN_ROOM_OCTETS = 128;

interface KnownBlock {
  readonly version: number;
  readonly block: Uint8Array;
}

/** Encodes the header blocks of one connection, in the order they are sent (RFC 7541 §3). */
export class HpackEncoder {
  readonly #index: FieldIndex;
  readonly #known = new WeakMap<FieldList, KnownBlock>();
  readonly #maxTableSize: number;
  readonly #huffman: boolean;
  readonly #indexing: IndexingPolicy;
  /** Where blocks are written; what lies before `#start` has been handed out. */
  #out = new Uint8Array(0);
  #start = 0;
  /** The last and the smallest table size that the next block announces; -1: none. */
  #newSize = -1;
  #smallestSize = -1;

  /** Begins with an empty dynamic table. */
  constructor(options: HpackEncoderOptions = {}) {
    this.#maxTableSize = options.maxTableSize ?? INITIAL_TABLE_SIZE;
    this.#huffman = options.huffman ?? true;
    this.#indexing = options.indexing ?? defaultIndexing;
    this.#index = new FieldIndex(INITIAL_TABLE_SIZE);
    if (this.#maxTableSize < INITIAL_TABLE_SIZE) this.setPeerTableSize(INITIAL_TABLE_SIZE);
  }

  /**
   * The peer's SETTINGS_HEADER_TABLE_SIZE took effect: call it before the acknowledgement
   * is sent. The next block begins with the size updates that this calls for (RFC 7541 §4.2).
   *
   * @param size In octets, 0 to 2^32 - 1.
   */
  setPeerTableSize(size: number): void {
    const target = Math.min(size, this.#maxTableSize);
    if (this.#newSize < 0) {
      if (target === this.#index.table.maxSize) return;
      this.#smallestSize = target;
    } else if (target < this.#smallestSize) {
      this.#smallestSize = target;
    }
    this.#newSize = target;
  }

  /**
   * Encodes a list. The block of a frozen list is kept and returned again, as the
   * identical object, while the dynamic table is the same: freeze and reuse the
   * lists of repeated calls.
   *
   * @param fields Names in lower case; a character above 255 is sent as `?`.
   * @returns The whole block; the caller must not change it.
   */
  encode(fields: FieldList): Uint8Array {
    const { table } = this.#index;
    if (this.#newSize < 0) {
      const known = this.#known.get(fields);
      if (known !== undefined && known.version === table.version) return known.block;
    }
    const { version } = table;
    if (this.#out.length - this.#start < MIN_ROOM_OCTETS) this.#newChunk();
    let at = this.#start;
    if (this.#newSize >= 0) at = this.#writeSizeUpdates(at);
    for (let i = 0; i < fields.length; i++) at = this.#writeField(at, fields[i]);
    let block = this.#out.subarray(this.#start, at);
    this.#start = at;
    if (this.#out.length > CHUNK_OCTETS) this.#newChunk();
    // Nothing was inserted: the same list would give the same block again.
    if (version === table.version && Object.isFrozen(fields)) {
      // A copy, so that it does not hold a whole chunk.
      block = block.slice();
      this.#known.set(fields, { version, block });
    }
    return block;
  }

  #writeSizeUpdates(at: number): number {
    const { table } = this.#index;
    // The smallest matters only for what it evicts: without it the peer would keep more than we do.
    if (this.#smallestSize < this.#newSize) {
      table.setMaxSize(this.#smallestSize);
      at = writeInteger(this.#out, at, SIZE_UPDATE_MASK, SIZE_UPDATE, this.#smallestSize);
    }
    table.setMaxSize(this.#newSize);
    at = writeInteger(this.#out, at, SIZE_UPDATE_MASK, SIZE_UPDATE, this.#newSize);
    this.#newSize = this.#smallestSize = -1;
    return at;
  }

  #writeField(at: number, field: Field): number {
    const [name, value] = field;
    const index = this.#index;
    at = this.#reserve(at, MAX_INTEGER_OCTETS + maxStringOctets(name) + maxStringOctets(value));
    const out = this.#out;
    const found = index.find(name, value);
    if (found > 0) return writeInteger(out, at, INDEXED_MASK, INDEXED, found);
    const { nameIndex } = index;
    const indexing = this.#choose(name, value, nameIndex);
    if (indexing === Indexing.INCREMENTAL) {
      at = writeInteger(out, at, LITERAL_INCREMENTAL_MASK, LITERAL_INCREMENTAL, nameIndex);
      index.insert(field);
    } else {
      const pattern = indexing === Indexing.NEVER ? LITERAL_NEVER : LITERAL_WITHOUT;
      at = writeInteger(out, at, LITERAL_MASK, pattern, nameIndex);
    }
    if (nameIndex === 0) at = writeString(out, at, name, this.#huffman);
    return writeString(out, at, value, this.#huffman);
  }

  /** The policy's word, unless the field would push too much out of the table. */
  #choose(name: string, value: string, nameIndex: number): Indexing {
    const indexing = this.#indexing(name, value);
    const { maxSize } = this.#index.table;
    if (indexing === Indexing.INCREMENTAL) {
      return fieldSize(name, value) <= maxSize / 2 ? indexing : Indexing.WITHOUT;
    }
    if (indexing === Indexing.NAME) {
      return nameIndex === 0 && fieldSize(name, value) <= maxSize / 8
        ? Indexing.INCREMENTAL
        : Indexing.WITHOUT;
    }
    return indexing;
  }

  /** Makes room for `octets` at `at`; the block begun at `#start` moves where it does not fit. */
  #reserve(at: number, octets: number): number {
    const old = this.#out;
    if (at + octets <= old.length) return at;
    const begun = at - this.#start;
    const out = new Uint8Array(Math.max(CHUNK_OCTETS, 2 * (begun + octets)));
    out.set(old.subarray(this.#start, at));
    this.#out = out;
    this.#start = 0;
    return begun;
  }

  #newChunk(): void {
    this.#out = new Uint8Array(CHUNK_OCTETS);
    this.#start = 0;
  }
}
