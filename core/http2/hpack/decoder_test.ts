import assert from "node:assert/strict";
import fc from "fast-check";
import { ErrorCode, Http2Error } from "../errors.ts";
import type { Field } from "../fields.ts";
import { HpackDecoder } from "./decoder.ts";
import { fieldSize } from "./dynamic_table.ts";
import { HpackEncoder } from "./encoder.ts";
import { Indexing } from "./indexing.ts";

function decoder(maxListSize = 16_384): HpackDecoder {
  return new HpackDecoder({ maxListSize });
}

function isCompressionError(error: unknown): boolean {
  return error instanceof Http2Error && error.code === ErrorCode.COMPRESSION_ERROR &&
    error.scope === "connection";
}

function refused(octets: number[], on = decoder()): void {
  assert.throws(() => on.decode(Uint8Array.from(octets)), isCompressionError);
}

/** `:status: 501` to the dynamic table: literal, name index 8. */
const INSERT = [0x48, 3, 0x35, 0x30, 0x31];

Deno.test("an index that no entry has is refused", () => {
  refused([0x80]);
  refused([0x80 | 62]);
  refused([0xff, 0x00]);
  refused([0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
  refused([0x40 | 62, 0]); // as the name of a literal
  refused([...INSERT, 0x80 | 63]);
});

Deno.test("a block that ends inside a field is refused", () => {
  const block = [0x40, 3, 0x61, 0x62, 0x63, 2, 0x64, 0x65];
  assert.deepEqual(decoder().decode(Uint8Array.from(block)), [["abc", "de"]]);
  for (let length = 1; length < block.length; length++) refused(block.slice(0, length));
});

Deno.test("a string that claims gigabytes is refused, not allocated", () => {
  refused([0x00, 0xff, 0x80, 0xff, 0xff, 0xff, 0x0f]);
  refused([0x00, 0x7f, 0x80, 0xff, 0xff, 0xff, 0x0f]);
});

Deno.test("an entry can be the name of the one that evicts it", () => {
  const on = decoder();
  on.setMaxTableSize(40);
  // Size 40, "abc: de" (37 octets), then a literal with its name: 37 again.
  const block = [0x3f, 9, 0x40, 3, 0x61, 0x62, 0x63, 2, 0x64, 0x65, 0x40 | 62, 2, 0x66, 0x67];
  assert.deepEqual(on.decode(Uint8Array.from(block)), [["abc", "de"], ["abc", "fg"]]);
  assert.deepEqual(on.decode(Uint8Array.of(0x80 | 62)), [["abc", "fg"]]);
  refused([0x80 | 63], on);
});

Deno.test("a size update is taken at the beginning of a block only, and up to the limit", () => {
  const on = decoder();
  assert.deepEqual(on.decode(Uint8Array.of(0x20, 0x3f, 0xe1, 0x1f, 0x82)), [[":method", "GET"]]);
  refused([0x3f, 0xe2, 0x1f]); // 4097
  refused([0x82, 0x20]);
});

Deno.test("a table size raised by us may be used, and need not", () => {
  const on = decoder();
  on.setMaxTableSize(8192);
  assert.deepEqual(on.decode(Uint8Array.of(0x82)), [[":method", "GET"]]);
  assert.deepEqual(on.decode(Uint8Array.of(0x3f, 0xe1, 0x3f)), []);
  refused([0x3f, 0xe2, 0x3f], on);
});

Deno.test("a table size lowered by us must be confirmed by the next block", () => {
  const lowered = () => {
    const on = decoder();
    on.decode(Uint8Array.of(0x82));
    on.setMaxTableSize(100);
    return on;
  };
  refused([0x82], lowered()); // also where the block is one just seen
  refused([], lowered());
  refused([0x3f, 70], lowered()); // 101
  const on = lowered();
  assert.deepEqual(on.decode(Uint8Array.of(0x3f, 69, 0x82)), [[":method", "GET"]]);
  assert.deepEqual(on.decode(Uint8Array.of(0x82)), [[":method", "GET"]]);
});

Deno.test("of two changes of the table size the smaller one must be confirmed", () => {
  const on = () => {
    const on = decoder();
    on.decode(Uint8Array.from(INSERT));
    on.setMaxTableSize(0);
    on.setMaxTableSize(4096);
    return on;
  };
  refused([0x3f, 0xe1, 0x1f, 0x82], on());
  assert.deepEqual(on().decode(Uint8Array.of(0x20, 0x3f, 0xe1, 0x1f, 0x82)), [[":method", "GET"]]);
  refused([0x20, 0x3f, 0xe1, 0x1f, 0x80 | 62], on());
  const falling = decoder();
  falling.setMaxTableSize(100);
  falling.setMaxTableSize(50);
  refused([0x3f, 69], falling); // 100
});

Deno.test("a repeated block gives the identical list, until the dynamic table changes", () => {
  const on = decoder();
  on.decode(Uint8Array.from(INSERT));
  const block = Uint8Array.of(0x82, 0x80 | 62);
  const list = on.decode(block);
  assert.deepEqual(list, [[":method", "GET"], [":status", "501"]]);
  block.fill(0); // what was decoded is not looked at again
  assert.equal(on.decode(Uint8Array.of(0x82, 0x80 | 62)), list);
  assert.notEqual(on.decode(Uint8Array.of(0x83, 0x80 | 62)), list);
  assert.equal(on.decode(Uint8Array.of(0x82, 0x80 | 62)), list);
  on.decode(Uint8Array.of(0x48, 3, 0x35, 0x30, 0x32));
  assert.deepEqual(on.decode(Uint8Array.of(0x82, 0x80 | 62)), [[":method", "GET"], [
    ":status",
    "502",
  ]]);
});

Deno.test("a list over the limit is not collected, and the tables stay in step", () => {
  const fields: Field[] = [["a", "1"], ["b", "2"], ["c", "3"]];
  const limit = fieldSize("a", "1") + fieldSize("b", "2");
  const encoder = new HpackEncoder();
  const on = decoder(limit);
  assert.deepEqual(on.decode(encoder.encode(fields.slice(0, 2))), fields.slice(0, 2));
  assert.equal(on.tooLarge, false);
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(on.decode(encoder.encode(fields)), fields.slice(0, 2));
    assert.equal(on.tooLarge, true);
  }
  assert.deepEqual(on.decode(encoder.encode(fields.slice(2))), fields.slice(2));
  assert.equal(on.tooLarge, false);
});

Deno.test("an HPACK bomb is read to its end without growing a list", () => {
  const encoder = new HpackEncoder({ indexing: () => Indexing.INCREMENTAL });
  const on = decoder(16_384);
  const bomb: Field = ["bomb", "x".repeat(2000)];
  on.decode(encoder.encode([bomb]));
  const block = encoder.encode(new Array(65_536).fill(bomb));
  assert.equal(block.length, 65_536);
  assert.equal(on.decode(block).length, Math.floor(16_384 / fieldSize(...bomb)));
  assert.equal(on.tooLarge, true);
  assert.deepEqual(on.decode(encoder.encode([bomb])), [bomb]);
});

Deno.test("any octets are either decoded within the limits or refused with COMPRESSION_ERROR", () => {
  const blocks = fc.array(fc.uint8Array({ maxLength: 64, size: "max" }), {
    maxLength: 5,
    size: "max",
  });
  fc.assert(
    fc.property(blocks, fc.nat(400), (blocks, maxListSize) => {
      const on = decoder(maxListSize);
      try {
        for (const block of blocks) {
          const list = on.decode(block);
          assert.ok(list.reduce((sum, field) => sum + fieldSize(...field), 0) <= maxListSize);
        }
      } catch (error) {
        if (!isCompressionError(error)) throw error;
      }
    }),
    { numRuns: 5000 },
  );
});
