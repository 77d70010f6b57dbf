import fc from "fast-check";
import assert from "node:assert/strict";
import { sortBlock } from "./block_sort.ts";

/** All rotations, sorted. */
function rotations(block: Uint8Array): Uint8Array[] {
  return Array.from(block, (_, i) => Uint8Array.of(...block.subarray(i), ...block.subarray(0, i)))
    .sort((a, b) => {
      const i = a.findIndex((byte, at) => byte !== b[at]);
      return i < 0 ? 0 : a[i] - b[i];
    });
}

Deno.test("sortBlock gives the last bytes of the sorted rotations, and the block's place", () => {
  const anyBlock = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 60 }),
    fc.uint8Array({ minLength: 1, maxLength: 60, max: 1 }),
    // Blocks that are several times the same.
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 8, max: 2 }), fc.integer({ min: 1, max: 8 }))
      .map(([part, times]) => Uint8Array.from(new Array(times).fill([...part]).flat())),
  );
  fc.assert(
    fc.property(anyBlock, (block) => {
      const sorted = rotations(block);
      const { last, origin } = sortBlock(block);
      assert.deepEqual(last, Uint8Array.from(sorted, (rotation) => rotation.at(-1)!));
      assert.deepEqual(sorted[origin], block);
    }),
    { numRuns: 3_000 },
  );
});
