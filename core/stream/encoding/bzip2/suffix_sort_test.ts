import fc from "fast-check";
import assert from "node:assert/strict";
import { sortSuffixes } from "./suffix_sort.ts";

function naive(text: Uint8Array): number[] {
  const compare = (a: number, b: number): number => {
    while (a < text.length && b < text.length && text[a] === text[b]) a++, b++;
    return (text[a] ?? -1) - (text[b] ?? -1);
  };
  return Array.from(text, (_, i) => i).sort(compare);
}

Deno.test("sortSuffixes sorts as comparing does", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 256 }).chain((symbols) =>
        fc.tuple(fc.uint8Array({ max: symbols - 1, maxLength: 200 }), fc.constant(symbols))
      ),
      ([text, symbols]) => {
        assert.deepEqual([...sortSuffixes(text, symbols)], naive(text));
      },
    ),
    { numRuns: 3_000 },
  );
});

Deno.test("sortSuffixes sorts texts that repeat themselves", () => {
  let fibonacci = ["a", "ab"];
  while (fibonacci[1].length < 1_000) fibonacci = [fibonacci[1], fibonacci[1] + fibonacci[0]];
  for (const text of ["a".repeat(1_000), "ab".repeat(500), "abcab".repeat(200), fibonacci[1]]) {
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual([...sortSuffixes(bytes, 256)], naive(bytes));
  }
});
