import assert from "node:assert/strict";
import fc from "fast-check";
import { ErrorCode, Http2Error } from "./errors.ts";
import { HeaderBlock } from "./header_block.ts";
import { MAX_CONTINUATIONS } from "./limits.ts";

function tooMuch(error: unknown): boolean {
  return error instanceof Http2Error && error.scope === "connection" &&
    error.code === ErrorCode.ENHANCE_YOUR_CALM;
}

Deno.test("a block is its fragments one after the other", () => {
  const fragments = fc.array(fc.uint8Array({ maxLength: 300 }), {
    minLength: 1,
    maxLength: MAX_CONTINUATIONS + 1,
  });
  fc.assert(fc.property(fragments, ([first, ...rest]) => {
    const block = new HeaderBlock(4096);
    block.begin(7, true, first);
    for (const fragment of rest) block.add(fragment);
    assert.equal(block.streamId, 7);
    assert.equal(block.endStream, true);
    assert.deepEqual([...block.finish()], [first, ...rest].flatMap((part) => [...part]));
    assert.equal(block.streamId, 0);
  }));
});

Deno.test("fragments may be overwritten once they were added", () => {
  const buffer = Uint8Array.of(1, 2, 3);
  const block = new HeaderBlock(10);
  block.begin(1, false, buffer);
  buffer.fill(9);
  block.add(buffer.subarray(0, 1));
  buffer.fill(7);
  assert.deepEqual([...block.finish()], [1, 2, 3, 9]);
});

Deno.test("a second block does not touch the first", () => {
  const block = new HeaderBlock(10);
  block.begin(1, false, Uint8Array.of(1, 2, 3));
  const first = block.finish();
  block.begin(3, false, Uint8Array.of(4, 5, 6));
  assert.deepEqual([...block.finish()], [4, 5, 6]);
  assert.deepEqual([...first], [1, 2, 3]);
});

Deno.test("a block over its size ends the connection, with its first fragment or a later one", () => {
  const first = new HeaderBlock(100);
  assert.throws(() => first.begin(1, false, new Uint8Array(101)), tooMuch);
  const later = new HeaderBlock(100);
  later.begin(1, false, new Uint8Array(60));
  later.add(new Uint8Array(40));
  assert.throws(() => later.add(new Uint8Array(1)), tooMuch);
});

Deno.test("empty CONTINUATION frames are counted too (CVE-2024-27316)", () => {
  const block = new HeaderBlock(100);
  block.begin(1, false, new Uint8Array(1));
  for (let i = 0; i < MAX_CONTINUATIONS; i++) block.add(new Uint8Array(0));
  assert.throws(() => block.add(new Uint8Array(0)), tooMuch);
});

Deno.test("a block larger than eight frames of 16 KiB may have as many as it needs", () => {
  const block = new HeaderBlock(20 * 16_384);
  block.begin(1, false, new Uint8Array(16_384));
  for (let i = 0; i < 19; i++) block.add(new Uint8Array(16_384));
  assert.equal(block.finish().length, 20 * 16_384);
});

Deno.test("the count of CONTINUATION frames begins anew with each block", () => {
  const block = new HeaderBlock(100);
  for (let round = 0; round < 5; round++) {
    block.begin(1, false, new Uint8Array(1));
    for (let i = 0; i < MAX_CONTINUATIONS; i++) block.add(new Uint8Array(1));
    assert.equal(block.finish().length, MAX_CONTINUATIONS + 1);
  }
});
