import type { Field } from "../fields.ts";

/** Size of the table before any SETTINGS (RFC 9113 §6.5.2, SETTINGS_HEADER_TABLE_SIZE). */
export const INITIAL_TABLE_SIZE = 4096;

/** What an entry counts for beside its name and value (RFC 7541 §4.1). */
const ENTRY_OVERHEAD = 32;

/** The size of an entry in octets (RFC 7541 §4.1); also what a field counts for in a header list (RFC 9113 §6.5.2). */
export function fieldSize(name: string, value: string): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}

/** The dynamic table (RFC 7541 §2.3.2): first in, first out, bounded in octets. */
export class DynamicTable {
  /** A ring whose length is a power of two; the entry with number n stands at n modulo that. */
  #ring: (Field | undefined)[] = new Array(16);
  #inserted = 0;
  #length = 0;
  #size = 0;
  #maxSize: number;
  #version = 0;
  readonly #onEvict: ((entry: Field, number: number) => void) | undefined;

  /**
   * @param maxSize In octets.
   * @param onEvict Told of each entry that leaves, with the number it had (see {@linkcode inserted}).
   */
  constructor(maxSize: number, onEvict?: (entry: Field, number: number) => void) {
    this.#maxSize = maxSize;
    this.#onEvict = onEvict;
  }

  /** Entries now in the table. */
  get length(): number {
    return this.#length;
  }

  /** Octets now in the table (RFC 7541 §4.1). */
  get size(): number {
    return this.#size;
  }

  /** Octets that the table may have (RFC 7541 §4.2). */
  get maxSize(): number {
    return this.#maxSize;
  }

  /** Entries ever inserted: the number of the newest one; the first has number 1. */
  get inserted(): number {
    return this.#inserted;
  }

  /** Changes whenever the table does: while it is the same, every index means the same. */
  get version(): number {
    return this.#version;
  }

  /** The entry at `position`, 0 for the newest; `undefined` past the oldest. */
  at(position: number): Field | undefined {
    if (position >= this.#length) return undefined;
    return this.#ring[this.#inserted - position & this.#ring.length - 1];
  }

  /**
   * Inserts an entry and evicts what then is too much; one that is larger than
   * the table empties it (RFC 7541 §4.4).
   *
   * @returns Whether the entry is in the table.
   */
  insert(entry: Field): boolean {
    const size = fieldSize(entry[0], entry[1]);
    this.#version++;
    this.#evictDownTo(this.#maxSize - size);
    if (size > this.#maxSize) return false;
    if (this.#length === this.#ring.length) this.#grow();
    this.#inserted++;
    this.#ring[this.#inserted & this.#ring.length - 1] = entry;
    this.#length++;
    this.#size += size;
    return true;
  }

  /** Changes the bound and evicts what then is too much (RFC 7541 §4.3). */
  setMaxSize(maxSize: number): void {
    this.#version++;
    this.#maxSize = maxSize;
    this.#evictDownTo(maxSize);
  }

  #evictDownTo(size: number): void {
    while (this.#size > size && this.#length > 0) {
      const number = this.#inserted - this.#length + 1;
      const slot = number & this.#ring.length - 1;
      const entry = this.#ring[slot] as Field;
      this.#ring[slot] = undefined;
      this.#length--;
      this.#size -= fieldSize(entry[0], entry[1]);
      this.#onEvict?.(entry, number);
    }
  }

  #grow(): void {
    const old = this.#ring;
    const ring: (Field | undefined)[] = new Array(old.length * 2);
    for (let n = this.#inserted - this.#length + 1; n <= this.#inserted; n++) {
      ring[n & ring.length - 1] = old[n & old.length - 1];
    }
    this.#ring = ring;
  }
}
