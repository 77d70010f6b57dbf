import { connectionError, ErrorCode } from "../errors.ts";
import type { Field, FieldList } from "../fields.ts";
import type { Cursor } from "./cursor.ts";
import { DynamicTable, fieldSize, INITIAL_TABLE_SIZE } from "./dynamic_table.ts";
import { readInteger } from "./integer.ts";
import { RecentBlocks } from "./recent_blocks.ts";
import {
  INDEXED,
  INDEXED_MASK,
  LITERAL_INCREMENTAL,
  LITERAL_INCREMENTAL_MASK,
  LITERAL_MASK,
  SIZE_UPDATE,
  SIZE_UPDATE_MASK,
} from "./representation.ts";
import { STATIC_LENGTH, STATIC_TABLE } from "./static_table.ts";
import { readString } from "./string_literal.ts";

/** Limits of an {@linkcode HpackDecoder}. */
export interface HpackDecoderOptions {
  /**
   * The dynamic table's limit in octets before {@linkcode HpackDecoder.setMaxTableSize}
   * is called. 4096, the default, is what every peer begins with (RFC 9113 §6.5.2).
   */
  maxTableSize?: number;
  /** The longest list collected, in octets: names, values and 32 for each field (RFC 9113 §6.5.2). */
  maxListSize: number;
}

/** Decodes the header blocks of one connection, in the order they arrive (RFC 7541 §3). */
export class HpackDecoder {
  /** Whether the list of the last {@linkcode decode} was over the limit and is therefore incomplete. */
  tooLarge = false;

  readonly #table: DynamicTable;
  readonly #recent = new RecentBlocks();
  readonly #cursor: Cursor = { bytes: new Uint8Array(0), at: 0, end: 0 };
  readonly #maxListSize: number;
  #maxTableSize: number;
  /** What the size update that the next block must begin with may say at most; -1: none is due. */
  #updateDue = -1;

  /** Begins with an empty dynamic table. */
  constructor(options: HpackDecoderOptions) {
    this.#maxListSize = options.maxListSize;
    this.#maxTableSize = options.maxTableSize ?? INITIAL_TABLE_SIZE;
    this.#table = new DynamicTable(Math.min(this.#maxTableSize, INITIAL_TABLE_SIZE));
  }

  /**
   * Sets the limit of the dynamic table: call it when the peer has acknowledged
   * our SETTINGS_HEADER_TABLE_SIZE. If that is less than the table has, the next
   * block must begin with a size update (RFC 7541 §4.2).
   *
   * @param size In octets, 0 to 2^32 - 1.
   */
  setMaxTableSize(size: number): void {
    this.#maxTableSize = size;
    if (size < this.#table.maxSize && (this.#updateDue < 0 || size < this.#updateDue)) {
      this.#updateDue = size;
    }
  }

  /**
   * Decodes a whole block. A short block met again while the dynamic table is
   * the same gives the identical list object: what was found out about it still holds.
   *
   * A list over the limit sets {@linkcode tooLarge}; the rest of the block is
   * still read, so that the dynamic table stays in step with the peer's.
   *
   * @param block Not kept; may be overwritten afterwards.
   * @returns The fields in order; the caller must not change them.
   * @throws {Http2Error} COMPRESSION_ERROR for a malformed block; the decoder is of no use after it.
   */
  decode(block: Uint8Array): FieldList {
    this.tooLarge = false;
    const { version } = this.#table;
    if (this.#updateDue < 0) {
      const known = this.#recent.find(block, version);
      if (known !== undefined) return known;
    }
    const cursor = this.#cursor;
    cursor.bytes = block;
    cursor.at = 0;
    cursor.end = block.length;
    const list = this.#readBlock(cursor);
    if (!this.tooLarge && version === this.#table.version) this.#recent.add(block, version, list);
    return list;
  }

  #readBlock(cursor: Cursor): FieldList {
    const { bytes, end } = cursor;
    const list: Field[] = [];
    let room = this.#maxListSize;
    this.#readSizeUpdates(cursor);
    while (cursor.at < end) {
      const first = bytes[cursor.at];
      let field: Field;
      if (first >= INDEXED) {
        field = this.#entry(readInteger(cursor, INDEXED_MASK));
      } else if (first >= LITERAL_INCREMENTAL) {
        field = this.#readLiteral(cursor, LITERAL_INCREMENTAL_MASK);
        this.#table.insert(field);
      } else if (first < SIZE_UPDATE) {
        field = this.#readLiteral(cursor, LITERAL_MASK);
      } else {
        throw malformed("size update must stand at the beginning of the block");
      }
      room -= fieldSize(field[0], field[1]);
      if (room >= 0) list.push(field);
    }
    this.tooLarge = room < 0;
    return list;
  }

  #readSizeUpdates(cursor: Cursor): void {
    while (cursor.at < cursor.end) {
      const first = cursor.bytes[cursor.at];
      if (first < SIZE_UPDATE || first >= LITERAL_INCREMENTAL) break;
      const size = readInteger(cursor, SIZE_UPDATE_MASK);
      const limit = this.#updateDue < 0 ? this.#maxTableSize : this.#updateDue;
      if (size > limit) {
        throw malformed(`table size must be at most ${limit}: current value is '${size}'`);
      }
      this.#updateDue = -1;
      this.#table.setMaxSize(size);
    }
    if (this.#updateDue >= 0) {
      throw malformed(`size update to at most ${this.#updateDue} must stand at the beginning`);
    }
  }

  #readLiteral(cursor: Cursor, mask: number): Field {
    const index = readInteger(cursor, mask);
    const name = index === 0 ? readString(cursor) : this.#entry(index)[0];
    return [name, readString(cursor)];
  }

  #entry(index: number): Field {
    if (index > STATIC_LENGTH) {
      const entry = this.#table.at(index - STATIC_LENGTH - 1);
      if (entry !== undefined) return entry;
    } else if (index > 0) {
      return STATIC_TABLE[index];
    }
    throw malformed(
      `index must be 1 to ${STATIC_LENGTH + this.#table.length}: current value is '${index}'`,
    );
  }
}

function malformed(reason: string): Error {
  return connectionError(
    ErrorCode.COMPRESSION_ERROR,
    `Cannot decode header block: ${reason}`,
  );
}
