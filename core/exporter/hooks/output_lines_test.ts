import assert from "node:assert/strict";
import fc from "fast-check";
import { OutputLines } from "./output_lines.ts";

function linesOf(...chunks: Uint8Array[]): string[] {
  const lines: string[] = [];
  const output = new OutputLines((line) => lines.push(line));
  for (const chunk of chunks) output.push(chunk);
  output.end();
  return lines;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("lines are the same however the output is cut into pieces", () => {
  fc.assert(fc.property(
    fc.array(fc.stringMatching(/^[a-zé☃ ]*[a-z☃]$/), { maxLength: 8 }),
    fc.integer({ min: 1, max: 9 }),
    (lines, size) => {
      const bytes = encode(lines.join("\r\n"));
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      assert.deepEqual(linesOf(...pieces), lines);
    },
  ));
});

Deno.test("of a progress bar the last state is the line", () => {
  assert.deepEqual(linesOf(encode("10%\r50%\r100%\r\ndone\n")), ["100%", "done"]);
});

Deno.test("bytes that are no text are replaced", () => {
  assert.deepEqual(linesOf(new Uint8Array([0x61, 0xff, 0x62, 0x0a])), ["a\ufffdb"]);
});

Deno.test("a line without an end does not fill the memory", () => {
  const lines: string[] = [];
  const output = new OutputLines((line) => lines.push(line));
  for (let i = 0; i < 100; i++) output.push(encode("x".repeat(4096)));
  assert.ok(lines.length >= 5);
});
