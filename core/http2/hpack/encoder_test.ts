import assert from "node:assert/strict";
import fc from "fast-check";
import type { Field, FieldList } from "../fields.ts";
import { HpackDecoder } from "./decoder.ts";
import { HpackEncoder } from "./encoder.ts";

function isIncremental(block: Uint8Array): boolean {
  return (block[0] & 0xc0) === 0x40;
}

Deno.test("lists survive encoding and decoding, whatever their octets and the table sizes", () => {
  const value = fc.oneof(
    fc.constantFrom("", "0", "application/grpc", "trailers"),
    fc.uint8Array({ maxLength: 40 }).map((octets) => String.fromCharCode(...octets)),
    fc.nat(5000).map((length) => "long ".repeat(length / 5)),
  );
  const name = fc.oneof(
    fc.constantFrom(
      ":path",
      ":status",
      "te",
      "cookie",
      "content-type",
      "grpc-timeout",
      "x-a",
      "x-b",
    ),
    fc.string({ minLength: 1, maxLength: 8 }).map((name) => name.toLowerCase()),
  );
  const step = fc.record({
    fields: fc.array(fc.tuple(name, value), { maxLength: 12, size: "max" }),
    repeat: fc.integer({ min: 1, max: 3 }),
    sizes: fc.array(fc.constantFrom(0, 33, 100, 1000, 4096, 10_000, 2 ** 32 - 1), { maxLength: 2 }),
  });
  const options = fc.record({
    maxTableSize: fc.constantFrom(0, 64, 4096, 20_000),
    huffman: fc.boolean(),
  });
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 8, size: "max" }), (options, steps) => {
      const encoder = new HpackEncoder(options);
      const decoder = new HpackDecoder({ maxListSize: Infinity });
      for (const { fields, repeat, sizes } of steps) {
        for (const size of sizes) {
          encoder.setPeerTableSize(size);
          decoder.setMaxTableSize(size);
        }
        Object.freeze(fields);
        for (let i = 0; i < repeat; i++) {
          assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
        }
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("a field sent before takes one octet", () => {
  const encoder = new HpackEncoder();
  const fields: FieldList = [[":path", "/a.B/C"], ["x-id", "7"]];
  assert.ok(encoder.encode(fields).length > 10);
  assert.equal(encoder.encode([...fields]).length, 2);
});

Deno.test("a frozen list gives the identical block while the table is the same", () => {
  const encoder = new HpackEncoder();
  const fields: FieldList = Object.freeze<Field[]>([[":status", "200"], ["x-id", "7"]]);
  encoder.encode(fields);
  const block = encoder.encode(fields);
  assert.equal(encoder.encode(fields), block);
  encoder.encode([["x-id", "8"]]);
  const moved = encoder.encode(fields);
  assert.notDeepEqual(moved, block);
  assert.equal(encoder.encode(fields), moved);
  encoder.setPeerTableSize(0);
  assert.equal(encoder.encode(fields)[0], 0x20);
});

Deno.test("a list that may still change is encoded afresh", () => {
  const encoder = new HpackEncoder();
  const fields: Field[] = [[":status", "200"]];
  encoder.encode(fields);
  fields[0] = [":status", "404"];
  assert.deepEqual(encoder.encode(fields), Uint8Array.of(0x8d));
});

Deno.test("blocks handed out stay as they are", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder({ maxListSize: Infinity });
  const lists: Field[][] = [];
  for (let i = 0; i < 300; i++) lists.push([["x-id", `${i}`.repeat(i)], ["grpc-timeout", `${i}m`]]);
  const blocks = lists.map((list) => encoder.encode(list));
  assert.deepEqual(blocks.map((block) => decoder.decode(block)), lists);
});

Deno.test("a smaller table is announced with its smallest and its last size", () => {
  const encoder = new HpackEncoder();
  encoder.setPeerTableSize(100);
  encoder.setPeerTableSize(10);
  encoder.setPeerTableSize(4096);
  assert.deepEqual(encoder.encode([]), Uint8Array.of(0x2a, 0x3f, 0xe1, 0x1f));
  assert.deepEqual(encoder.encode([]), new Uint8Array(0));
});

Deno.test("our own cap holds against a peer that allows more, and is announced", () => {
  const encoder = new HpackEncoder({ maxTableSize: 10 });
  encoder.setPeerTableSize(65_536);
  assert.deepEqual(encoder.encode([]), Uint8Array.of(0x2a));
  const usual = new HpackEncoder();
  usual.setPeerTableSize(65_536);
  assert.deepEqual(usual.encode([]), new Uint8Array(0));
});

Deno.test("a secret that could be guessed is never indexed", () => {
  for (
    const field of [
      ["x-jumpstarter-passphrase", "correct horse battery staple"],
      ["cookie", "id=1234"],
      ["authorization", "Basic dXNlcjpwYXNzd29yZCBwYXNzd29yZA=="],
      ["proxy-authorization", "secret"],
    ] as const
  ) {
    const encoder = new HpackEncoder();
    for (let i = 0; i < 2; i++) assert.equal(encoder.encode([field])[0] & 0xf0, 0x10, field[0]);
  }
  const token: Field = ["authorization", `Bearer ${"eyJhbGciOiJFZERTQSJ9".repeat(5)}`];
  assert.ok(isIncremental(new HpackEncoder().encode([token])));
});

Deno.test("of a field that differs each time only the name enters the table", () => {
  const encoder = new HpackEncoder();
  assert.ok(isIncremental(encoder.encode([["grpc-timeout", "10S"]])));
  assert.deepEqual(
    encoder.encode([["grpc-timeout", "!!"]]),
    Uint8Array.of(0x0f, 62 - 15, 2, 33, 33),
  );
});

Deno.test("a value over half the table does not push the others out", () => {
  const encoder = new HpackEncoder();
  assert.ok(!isIncremental(encoder.encode([["x-long", "v".repeat(2048)]])));
  assert.ok(isIncremental(encoder.encode([["x-long", "v".repeat(2000)]])));
});

Deno.test("a character that no octet has is sent as a question mark", () => {
  for (const huffman of [true, false]) {
    const block = new HpackEncoder({ huffman }).encode([["x", "\u20ac"]]);
    assert.deepEqual(new HpackDecoder({ maxListSize: 99 }).decode(block), [["x", "?"]]);
  }
});
