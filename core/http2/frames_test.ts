import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CLIENT_PREFACE,
  FRAME_HEADER_SIZE,
  getUint31,
  getUint32,
  putFrameHeader,
  putUint32,
} from "./frames.ts";

Deno.test("the client's preface is the 24 octets of RFC 9113 §3.4", () => {
  const hex = [...CLIENT_PREFACE].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  assert.equal(hex, "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a");
});

Deno.test("a frame header is 24 bits of length, type, flags and 31 bits of stream (RFC 9113 §4.1)", () => {
  const out = new Uint8Array(2 + FRAME_HEADER_SIZE).fill(0xee);
  putFrameHeader(out, 2, 0x123456, 0x78, 0x9a, 0x3bcdef01);
  assert.deepEqual(
    [...out],
    [0xee, 0xee, 0x12, 0x34, 0x56, 0x78, 0x9a, 0x3b, 0xcd, 0xef, 0x01],
  );
});

Deno.test("32 bits survive writing and reading", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
    const out = new Uint8Array(5);
    putUint32(out, 1, value);
    assert.equal(getUint32(out, 1), value);
  }));
});

Deno.test("the reserved bit is not part of a stream identifier", () => {
  assert.equal(getUint31(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0), 0x7fffffff);
  assert.equal(getUint31(Uint8Array.of(0x80, 0, 0, 1), 0), 1);
});
