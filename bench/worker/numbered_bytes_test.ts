import assert from "node:assert/strict";
import { numberedBytes, NumberedBytesCheck } from "./numbered_bytes.ts";

Deno.test("a pattern that arrives whole, in whatever pieces, has no break", () => {
  const check = new NumberedBytesCheck();
  check.feed(numberedBytes(0, 100));
  check.feed(numberedBytes(100, 1));
  check.feed(numberedBytes(101, 899));
  assert.deepEqual([check.received, check.breaks], [1000, 0]);
});

Deno.test("each gap is a break", () => {
  const check = new NumberedBytesCheck();
  check.feed(numberedBytes(0, 100));
  check.feed(numberedBytes(105, 100));
  check.feed(numberedBytes(300, 100));
  assert.deepEqual([check.received, check.breaks], [300, 2]);
});
