import assert from "node:assert/strict";
import fc from "fast-check";
import { ErrorCode, Http2Error } from "../errors.ts";
import { MAX_INTEGER_OCTETS, readInteger, writeInteger } from "./integer.ts";

function read(octets: number[], prefixBits: number): { value: number; at: number } {
  const cursor = { bytes: Uint8Array.from(octets), at: 0, end: octets.length };
  return { value: readInteger(cursor, 2 ** prefixBits - 1), at: cursor.at };
}

function refused(octets: number[], prefixBits: number): void {
  assert.throws(
    () => read(octets, prefixBits),
    (error) => error instanceof Http2Error && error.code === ErrorCode.COMPRESSION_ERROR,
  );
}

Deno.test("an integer survives writing and reading, whatever stands above its prefix", () => {
  const value = fc.oneof(
    fc.nat(300),
    fc.nat(2 ** 31 - 1),
    fc.integer({ min: 2 ** 31, max: 2 ** 32 - 1 }),
  );
  fc.assert(fc.property(value, fc.integer({ min: 4, max: 8 }), (value, prefixBits) => {
    const mask = 2 ** prefixBits - 1;
    const out = new Uint8Array(MAX_INTEGER_OCTETS + 1);
    const end = writeInteger(out, 1, mask, 0xff & ~mask, value);
    assert.equal(out[0], 0);
    assert.equal(out[1] & ~mask, 0xff & ~mask);
    const cursor = { bytes: out, at: 1, end };
    assert.equal(readInteger(cursor, mask), value);
    assert.equal(cursor.at, end);
  }));
});

Deno.test("2^32 - 1 is the greatest integer read", () => {
  assert.equal(read([0x7f, 0x80, 0xff, 0xff, 0xff, 0x0f], 7).value, 2 ** 32 - 1);
  refused([0x7f, 0x81, 0xff, 0xff, 0xff, 0x0f], 7);
  refused([0x7f, 0xff, 0xff, 0xff, 0xff, 0x7f], 7);
});

Deno.test("an integer padded with zero octets is read up to five octets after the prefix", () => {
  assert.deepEqual(read([0x1f, 0x80, 0x80, 0x80, 0x80, 0x00], 5), { value: 31, at: 6 });
  refused([0x1f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 5);
});

Deno.test("an integer that the block cuts off is refused", () => {
  refused([], 7);
  refused([0x7f], 7);
  refused([0x7f, 0x80], 7);
});
