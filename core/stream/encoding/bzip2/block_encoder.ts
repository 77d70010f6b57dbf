import type { BitWriter } from "./bit_writer.ts";
import { sortBlock } from "./block_sort.ts";
import { BLOCK_MAGIC, GROUP_SYMBOLS } from "./format.ts";
import { canonicalCodes, codeLengths } from "./huffman_encoder.ts";
import { moveToFront } from "./move_to_front.ts";

/** Times that groups choose the best table and tables adapt to their groups (bzip2 1.0.8, BZ_N_ITERS). */
const ROUNDS = 4;

/** Writes one block: sorted, as small numbers, in Huffman codes. */
export function encodeBlock(writer: BitWriter, block: Uint8Array, crc: number): void {
  const { last, origin } = sortBlock(block);
  const { used, symbols } = moveToFront(last);
  const { tables, selectors } = chooseTables(symbols, used.length + 2);

  for (const half of BLOCK_MAGIC) writer.write(24, half);
  writer.write32(crc);
  writer.write(1, 0); // not randomised
  writer.write(24, origin);
  writeUsedBytes(writer, used);
  writer.write(3, tables.length);
  writer.write(15, selectors.length);
  writeSelectors(writer, selectors, tables.length);
  for (const lengths of tables) writeTable(writer, lengths);
  const codes = tables.map(canonicalCodes);
  for (let i = 0; i < symbols.length; i++) {
    const table = selectors[Math.floor(i / GROUP_SYMBOLS)];
    writer.write(tables[table][symbols[i]], codes[table][symbols[i]]);
  }
}

/** How many tables are worth their bits (bzip2 1.0.8, sendMTFValues). */
function tableCount(symbols: number): number {
  if (symbols < 200) return 2;
  if (symbols < 600) return 3;
  if (symbols < 1_200) return 4;
  if (symbols < 2_400) return 5;
  return 6;
}

/** Finds code lengths for a few tables, and which of them suits each group of symbols. */
function chooseTables(
  symbols: Uint16Array,
  symbolCount: number,
): { tables: Uint8Array[]; selectors: Uint8Array } {
  const selectors = new Uint8Array(Math.ceil(symbols.length / GROUP_SYMBOLS));
  let tables = firstTables(symbols, symbolCount, tableCount(symbols.length));
  for (let round = 0; round < ROUNDS; round++) {
    const counts = tables.map(() => new Uint32Array(symbolCount));
    for (let group = 0; group < selectors.length; group++) {
      const start = group * GROUP_SYMBOLS;
      const end = Math.min(symbols.length, start + GROUP_SYMBOLS);
      let best = 0;
      let bestCost = Infinity;
      for (let table = 0; table < tables.length; table++) {
        const lengths = tables[table];
        let cost = 0;
        for (let i = start; i < end; i++) cost += lengths[symbols[i]];
        if (cost < bestCost) {
          bestCost = cost;
          best = table;
        }
      }
      selectors[group] = best;
      for (let i = start; i < end; i++) counts[best][symbols[i]]++;
    }
    tables = counts.map(codeLengths);
  }
  return { tables, selectors };
}

/** Tables to begin with: each is cheap for its share of the symbols, by how often they occur, and dear for the rest. */
function firstTables(symbols: Uint16Array, symbolCount: number, tables: number): Uint8Array[] {
  const counts = new Uint32Array(symbolCount);
  for (let i = 0; i < symbols.length; i++) counts[symbols[i]]++;
  let symbol = 0;
  let remaining = symbols.length;
  return Array.from({ length: tables }, (_, table) => {
    const lengths = new Uint8Array(symbolCount).fill(15);
    const share = remaining / (tables - table);
    for (let sum = 0; symbol < symbolCount && sum < share; symbol++) {
      lengths[symbol] = 0;
      sum += counts[symbol];
      remaining -= counts[symbol];
    }
    return lengths;
  });
}

function writeUsedBytes(writer: BitWriter, used: Uint8Array): void {
  const rows = new Uint16Array(16);
  for (const byte of used) rows[byte >> 4] |= 0x8000 >> (byte & 15);
  writer.write(16, rows.reduce((map, row, i) => row === 0 ? map : map | 0x8000 >> i, 0));
  for (const row of rows) {
    if (row !== 0) writer.write(16, row);
  }
}

/** Each as its place in a list of the recent ones: that many ones, and a zero. */
function writeSelectors(writer: BitWriter, selectors: Uint8Array, tables: number): void {
  const list = Array.from({ length: tables }, (_, i) => i);
  for (const selector of selectors) {
    const place = list.indexOf(selector);
    list.splice(place, 1);
    list.unshift(selector);
    for (let i = 0; i < place; i++) writer.write(1, 1);
    writer.write(1, 0);
  }
}

/** The first length, then steps up (10) and down (11) to each symbol's, which ends with 0. */
function writeTable(writer: BitWriter, lengths: Uint8Array): void {
  let length = lengths[0];
  writer.write(5, length);
  for (const target of lengths) {
    for (; length < target; length++) writer.write(2, 2);
    for (; length > target; length--) writer.write(2, 3);
    writer.write(1, 0);
  }
}
