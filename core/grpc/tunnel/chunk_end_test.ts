import assert from "node:assert/strict";
import fc from "fast-check";
import { chunkEnd, MOST_CHUNK_BYTES } from "./chunk_end.ts";

function frame(length: number): number[] {
  return [length >>> 16, length >>> 8 & 255, length & 255, ...new Array(6 + length).fill(0)];
}

Deno.test("chunks end where frames end", () => {
  const sizes = [0, 100, 65_550, 65_550, 4, 30_000, 30_000, 30_000];
  const preface = [...new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")];
  const bytes = Uint8Array.from([...preface, ...sizes.flatMap(frame)]);
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; at = ends.at(-1)!) ends.push(chunkEnd(bytes, at));
  const cuts = [24 + 9 + 109 + 65_559, 65_559 + 13, 60_018, 30_009];
  let at = 0;
  assert.deepEqual(ends, cuts.map((cut) => at += cut));
});

Deno.test("any bytes are cut into chunks of at least one and at most the limit", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 50 }),
      fc.integer({ min: 1, max: 300_000 }),
      (pattern, length) => {
        const bytes = Uint8Array.from({ length }, (_, i) => pattern[i % pattern.length] ?? 0);
        for (let at = 0; at < length;) {
          const end = chunkEnd(bytes, at);
          assert.ok(end > at && end <= at + MOST_CHUNK_BYTES && end <= length);
          at = end;
        }
      },
    ),
    { numRuns: 50 },
  );
});
