import assert from "node:assert/strict";
import fc from "fast-check";
import { ErrorCode, Http2Error } from "../errors.ts";
import { huffmanLength, maxDecodedLength, readHuffman, writeHuffman } from "./huffman.ts";
import { CODE_LENGTHS, CODES, EOS } from "./huffman_table.ts";

function encode(text: string): Uint8Array {
  const out = new Uint8Array(huffmanLength(text) + 2);
  const end = writeHuffman(out, 1, text);
  assert.equal(end, 1 + huffmanLength(text));
  assert.equal(out[0], 0);
  assert.equal(out[end], 0);
  return out.slice(1, end);
}

function decode(bytes: Uint8Array): string {
  const out = new Uint8Array(maxDecodedLength(bytes.length));
  const length = readHuffman(out, bytes, 0, bytes.length);
  assert.ok(length <= out.length);
  return Array.from(out.subarray(0, length), (octet) => String.fromCharCode(octet)).join("");
}

function refused(...octets: number[]): void {
  assert.throws(
    () => decode(Uint8Array.from(octets)),
    (error) => error instanceof Http2Error && error.code === ErrorCode.COMPRESSION_ERROR,
  );
}

Deno.test("the code is that of RFC 7541 Appendix B: complete, with its codes where the RFC has them", () => {
  let share = 0;
  for (const length of CODE_LENGTHS) share += 2 ** -length;
  assert.equal(share, 1);
  assert.equal(CODE_LENGTHS.length, EOS + 1);
  // One symbol of each length.
  const listed: Record<number, [code: number, bits: number]> = {
    0x30: [0x0, 5],
    0x20: [0x14, 6],
    0x3a: [0x5c, 7],
    0x26: [0xf8, 8],
    0x21: [0x3f8, 10],
    0x27: [0x7fa, 11],
    0x23: [0xffa, 12],
    0x00: [0x1ff8, 13],
    0x5e: [0x3ffc, 14],
    0x3c: [0x7ffc, 15],
    0x5c: [0x7fff0, 19],
    0x80: [0xfffe6, 20],
    0x99: [0x1fffdc, 21],
    0x81: [0x3fffd2, 22],
    0x01: [0x7fffd8, 23],
    0x09: [0xffffea, 24],
    0xc7: [0x1ffffec, 25],
    0xc0: [0x3ffffe0, 26],
    0xcb: [0x7ffffde, 27],
    0x02: [0xfffffe2, 28],
    0x16: [0x3ffffffe, 30],
    [EOS]: [0x3fffffff, 30],
  };
  for (const [symbol, [code, bits]] of Object.entries(listed)) {
    assert.deepEqual([CODES[Number(symbol)], CODE_LENGTHS[Number(symbol)]], [code, bits]);
  }
});

Deno.test("every pair of octets survives encoding and decoding", () => {
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      const text = String.fromCharCode(first, second);
      if (decode(encode(text)) !== text) assert.fail(`${first} ${second}`);
    }
  }
});

Deno.test("any octets survive encoding and decoding", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300, size: "max" }), (octets) => {
    const text = String.fromCharCode(...octets);
    assert.equal(decode(encode(text)), text);
  }));
});

Deno.test("decoded octets encode to the same code: no other code is taken for it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12, size: "max" }), (code) => {
      let text: string;
      try {
        text = decode(code);
      } catch (error) {
        assert.ok(error instanceof Http2Error);
        return;
      }
      assert.deepEqual(encode(text), code);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("padding of 8 bits or more is refused", () => {
  refused(0xff);
  refused(0x1f, 0xff); // "a", then 3 + 8 ones
  refused(0x1f, 0xff, 0xff, 0xff);
  refused(0xff, 0x9f, 0xff, 0xff, 0xff);
});

Deno.test("padding that is not all ones is refused", () => {
  refused(0x00); // "0", then 3 zeros
  refused(0x1e); // "a", then 110
});

Deno.test("end of string is refused", () => {
  refused(0xff, 0xff, 0xff, 0xff);
  refused(0xff, 0xff, 0xff, 0xfc);
  refused(0xff, 0xff, 0xff, 0xff, 0xfc);
  refused(0x1f, 0xff, 0xff, 0xff, 0xff, 0xff);
});

Deno.test("a code that the string cuts off is refused", () => {
  refused(0xff, 0xc0); // 16 of the 19 bits of backslash would go on
  refused(0xfe);
});

Deno.test("a character that no octet has is sent as a question mark", () => {
  assert.equal(decode(encode("a\u0100\u{1f600}")), "a???");
});
