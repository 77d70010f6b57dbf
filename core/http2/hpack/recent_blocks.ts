import type { FieldList } from "../fields.ts";

/** The longest block remembered, in octets: room for a call's fields once they are in the tables. */
const MAX_BLOCK_OCTETS = 128;

/** Blocks remembered: some methods' requests, responses and trailers. */
const SLOTS = 8;

/**
 * The blocks last decoded and what they meant. Calls repeat their blocks to the
 * octet; handing out the same list again saves the decoding and tells the caller
 * that there is nothing new to validate.
 */
export class RecentBlocks {
  readonly #blocks: Uint8Array[] = [];
  readonly #lists: FieldList[] = [];
  #version = -1;
  #next = 0;

  /**
   * The list that `block` meant, or `undefined`.
   *
   * @param version The dynamic table's; blocks of another one are forgotten.
   */
  find(block: Uint8Array, version: number): FieldList | undefined {
    if (version !== this.#version) return undefined;
    const { length } = block;
    const blocks = this.#blocks;
    next: for (let slot = 0; slot < blocks.length; slot++) {
      const known = blocks[slot];
      if (known.length !== length) continue;
      // From the end: blocks of one peer begin alike and differ in what their calls carry.
      for (let i = length - 1; i >= 0; i--) {
        if (known[i] !== block[i]) continue next;
      }
      return this.#lists[slot];
    }
    return undefined;
  }

  /** Remembers what `block` means while the dynamic table has `version`. */
  add(block: Uint8Array, version: number, list: FieldList): void {
    if (block.length > MAX_BLOCK_OCTETS) return;
    if (version !== this.#version) {
      this.#blocks.length = this.#lists.length = this.#next = 0;
      this.#version = version;
    }
    this.#blocks[this.#next] = block.slice();
    this.#lists[this.#next] = list;
    this.#next = (this.#next + 1) % SLOTS;
  }
}
