import type { Field } from "../fields.ts";
import { DynamicTable } from "./dynamic_table.ts";
import { STATIC_LENGTH, STATIC_NAMES } from "./static_table.ts";

/** Where a name stands in the dynamic table, by entry numbers (see {@linkcode DynamicTable.inserted}). */
interface DynamicName {
  /** The newest entry with the name. */
  newest: number;
  /** The newest entry with each value. */
  readonly values: Map<string, number>;
}

/** Finds fields in the static table and in an encoder's dynamic table, which it keeps. */
export class FieldIndex {
  /** The dynamic table. */
  readonly table: DynamicTable;
  /** After {@linkcode find} returned 0: the index of an entry with the same name, or 0. */
  nameIndex = 0;

  readonly #names = new Map<string, DynamicName>();

  /** @param maxSize Of the dynamic table, in octets. */
  constructor(maxSize: number) {
    this.table = new DynamicTable(maxSize, (entry, number) => this.#forget(entry, number));
  }

  /** The index of an entry with this name and value, or 0. */
  find(name: string, value: string): number {
    const known = STATIC_NAMES.get(name);
    if (known !== undefined) {
      const index = known.values.get(value);
      if (index !== undefined) return index;
    }
    const dynamic = this.#names.get(name);
    if (dynamic !== undefined) {
      const number = dynamic.values.get(value);
      if (number !== undefined) return this.#index(number);
    }
    // The static index is the smaller one.
    this.nameIndex = known?.index ?? (dynamic === undefined ? 0 : this.#index(dynamic.newest));
    return 0;
  }

  /** Inserts a field into the dynamic table. */
  insert(field: Field): void {
    const { table } = this;
    if (!table.insert(field)) return;
    const [name, value] = field;
    let dynamic = this.#names.get(name);
    if (dynamic === undefined) {
      this.#names.set(name, dynamic = { newest: 0, values: new Map() });
    }
    dynamic.newest = table.inserted;
    dynamic.values.set(value, table.inserted);
  }

  #index(number: number): number {
    return STATIC_LENGTH + 1 + this.table.inserted - number;
  }

  #forget([name, value]: Field, number: number): void {
    const dynamic = this.#names.get(name);
    if (dynamic === undefined) return;
    if (dynamic.values.get(value) === number) dynamic.values.delete(value);
    if (dynamic.newest === number) this.#names.delete(name);
  }
}
