import fc from "fast-check";
import assert from "node:assert/strict";
import { BitReader } from "./bit_reader.ts";
import { BitWriter } from "./bit_writer.ts";
import { HuffmanDecoder } from "./huffman_decoder.ts";
import { canonicalCodes, codeLengths } from "./huffman_encoder.ts";

const anyCounts = fc.oneof(
  fc.array(fc.nat(1_000), { minLength: 2, maxLength: 258 }),
  // Weights that would make codes as long as there are symbols.
  fc.integer({ min: 2, max: 40 }).map((length) =>
    Array.from({ length }, (_, i) => Math.floor(1.618 ** i))
  ),
);

Deno.test("codeLengths makes complete codes of 1 to 17 bits, shorter for what occurs more", () => {
  fc.assert(fc.property(anyCounts, (counts) => {
    const lengths = codeLengths(counts);
    assert.ok(lengths.every((length) => length >= 1 && length <= 17));
    assert.equal(lengths.reduce((sum, length) => sum + 2 ** -length, 0), 1);
    for (let i = 1; i < counts.length; i++) {
      if (counts[i] > counts[i - 1]) assert.ok(lengths[i] <= lengths[i - 1]);
    }
  }));
});

Deno.test("what is written in canonical codes is read back", () => {
  fc.assert(
    fc.property(anyCounts, fc.array(fc.nat(), { maxLength: 300 }), (counts, picks) => {
      const lengths = codeLengths(counts);
      const codes = canonicalCodes(lengths);
      const symbols = picks.map((pick) => pick % counts.length);
      const writer = new BitWriter();
      for (const symbol of symbols) writer.write(lengths[symbol], codes[symbol]);
      writer.align();
      const reader = new BitReader();
      reader.append(writer.take());
      const decoder = new HuffmanDecoder(lengths);
      assert.deepEqual(symbols.map(() => decoder.read(reader)), symbols);
    }),
  );
});

Deno.test("HuffmanDecoder refuses more codes than there are bits", () => {
  assert.throws(() => new HuffmanDecoder(Uint8Array.of(1, 1, 1)), RangeError);
});

Deno.test("HuffmanDecoder refuses bits that are no code", () => {
  const decoder = new HuffmanDecoder(Uint8Array.of(2, 2));
  const reader = new BitReader();
  reader.append(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
  assert.throws(() => decoder.read(reader), RangeError);
});
