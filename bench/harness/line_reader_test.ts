import assert from "node:assert/strict";
import fc from "fast-check";
import { LineReader } from "./line_reader.ts";

Deno.test("lines come out the same however the bytes were cut", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.string({ unit: "grapheme" }).map((s) => s.replaceAll("\n", ""))),
    fc.array(fc.nat({ max: 40 })),
    async (lines, cuts) => {
      const bytes = new TextEncoder().encode(lines.map((line) => line + "\n").join(""));
      const reader = new LineReader(ReadableStream.from(pieces(bytes, cuts)));
      const seen: string[] = [];
      for (let line = await reader.next(); line !== null; line = await reader.next()) {
        seen.push(line);
      }
      assert.deepEqual(seen, lines);
    },
  ));
});

Deno.test("an unfinished last line counts", async () => {
  const reader = new LineReader(ReadableStream.from([new TextEncoder().encode("a\nb")]));
  assert.equal(await reader.next(), "a");
  assert.equal(await reader.next(), "b");
  assert.equal(await reader.next(), null);
});

function* pieces(
  bytes: Uint8Array<ArrayBuffer>,
  cuts: number[],
): Generator<Uint8Array<ArrayBuffer>> {
  let at = 0;
  for (const length of cuts) {
    yield bytes.subarray(at, at + length);
    at = Math.min(bytes.length, at + length);
  }
  yield bytes.subarray(at);
}
