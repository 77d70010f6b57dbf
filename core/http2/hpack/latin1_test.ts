import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1 } from "./latin1.ts";

Deno.test("each octet becomes one character, at every length", () => {
  for (const octet of [0x00, 0x41, 0x7f, 0x80, 0x9f, 0xff]) {
    for (const length of [...Array(70).keys(), 1023, 1024, 1025, 5000]) {
      const bytes = new Uint8Array(length + 2).fill(octet, 1, length + 1);
      assert.equal(latin1(bytes, 1, length + 1), String.fromCharCode(octet).repeat(length));
    }
  }
});

Deno.test("any octets become the characters with their numbers", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100, size: "max" }), (octets) => {
    assert.deepEqual(
      Array.from(latin1(octets, 0, octets.length), (character) => character.charCodeAt(0)),
      Array.from(octets),
    );
  }));
});
