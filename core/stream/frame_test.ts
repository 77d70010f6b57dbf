import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { StreamRequestSchema, StreamResponseSchema } from "@jumpstarter/proto/v1";
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  CHUNK_BYTES,
  dataFrameHead,
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameError,
  MAX_FRAME_BYTES,
  MAX_FRAME_HEAD_BYTES,
} from "./frame.ts";
import { FrameType } from "./frame_type.ts";

/** What our decoder and the generated one make of a message: `null` when it is refused. */
function ours(message: Uint8Array): Frame | null {
  try {
    return decodeFrame(message);
  } catch (error) {
    assert.ok(error instanceof FrameError, `${error}`);
    return null;
  }
}

function generated(message: Uint8Array): Frame | null {
  try {
    const { frameType, payload } = fromBinary(StreamRequestSchema, message);
    return { type: frameType, payload };
  } catch {
    return null;
  }
}

/** A field that must be there, in any of protobuf's ways to write it, or one that must be skipped. */
type Field = { no: number; wire: WireType; value: Uint8Array };

/** A varint of a number's low 32 bits, with `padding` more bytes than it needs. */
function varint(value: number, padding = 0): Uint8Array {
  const bytes = new BinaryWriter().uint32(value >>> 0).finish();
  if (padding === 0) return bytes;
  return Uint8Array.from([
    ...bytes.map((byte) => byte | 0x80),
    ...new Array(padding - 1).fill(0x80),
    0,
  ]);
}

const anyVarint = fc.tuple(
  fc.oneof(fc.nat(10), fc.integer(), fc.constant(-1)),
  fc.integer({ min: 0, max: 5 }),
)
  .map(([value, padding]) => varint(value, padding));
const anyBytes = fc.uint8Array({ maxLength: 300 })
  .map((value) => Uint8Array.from([...varint(value.length), ...value]));
const anyField: fc.Arbitrary<Field> = fc.oneof(
  anyBytes.map((value) => ({ no: 1, wire: WireType.LengthDelimited, value })),
  anyVarint.map((value) => ({ no: 2, wire: WireType.Varint, value })),
  // Negative enum values take ten bytes.
  fc.integer({ max: -1, min: -5 })
    .map((value) => new BinaryWriter().int32(value).finish())
    .map((value) => ({ no: 2, wire: WireType.Varint, value })),
  fc.tuple(
    fc.integer({ min: 3, max: (1 << 29) - 1 }),
    fc.oneof(
      anyVarint.map((value) => ({ wire: WireType.Varint, value })),
      anyBytes.map((value) => ({ wire: WireType.LengthDelimited, value })),
      fc.uint8Array({ minLength: 8, maxLength: 8 })
        .map((value) => ({ wire: WireType.Bit64, value })),
      fc.uint8Array({ minLength: 4, maxLength: 4 })
        .map((value) => ({ wire: WireType.Bit32, value })),
    ),
  ).map(([no, field]) => ({ no, ...field })),
  fc.tuple(fc.integer({ min: 3, max: 1_000 }), anyBytes).map(([no, inner]) => ({
    no,
    wire: WireType.StartGroup,
    value: Uint8Array.from([...varint(1 << 3 | 2), ...inner, ...varint(no << 3 | 4)]),
  })),
);
const anyMessage = fc.array(anyField, { maxLength: 6 }).map((fields) =>
  Uint8Array.from(
    fields.flatMap(({ no, wire, value }) => [...varint(no << 3 | wire), ...value]),
  )
);

/** Whether a known field has a wire type that is not its own: the generated code misreads those. */
function hasMistypedField(message: Uint8Array): boolean {
  const reader = new BinaryReader(message);
  try {
    while (reader.pos < reader.len) {
      const [no, wire] = reader.tag();
      if (no === 1 && wire !== WireType.LengthDelimited) return true;
      if (no === 2 && wire !== WireType.Varint) return true;
      reader.skip(wire, no);
    }
  } catch {
    // Malformed from here on.
  }
  return false;
}

Deno.test("decodeFrame reads every message as generated code does", () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      assert.deepEqual(ours(message), generated(message));
      assert.notEqual(ours(message), null);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("decodeFrame takes and refuses cut, changed and random bytes as generated code does", () => {
  const damaged = fc.oneof(
    fc.tuple(anyMessage, fc.nat()).map(([message, cut]) =>
      message.subarray(0, cut % (message.length + 1))
    ),
    fc.tuple(anyMessage.filter((message) => message.length > 0), fc.nat(), fc.nat(255))
      .map(([message, at, value]) => message.with(at % message.length, value)),
    fc.uint8Array({ maxLength: 30 }),
    fc.array(fc.constantFrom(0x0a, 0x10, 0x1b, 0x1c, 0, 1, 2, 7, 0x80, 0xff)).map((values) =>
      Uint8Array.from(values)
    ),
  );
  fc.assert(
    fc.property(damaged.filter((message) => !hasMistypedField(message)), (message) => {
      assert.deepEqual(ours(message), generated(message));
    }),
    { numRuns: 20_000 },
  );
});

Deno.test("encodeFrame writes what generated code writes", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(FrameType)),
      fc.uint8Array({ maxLength: 20_000 }),
      (type, payload) => {
        const encoded = encodeFrame(type, payload);
        for (const schema of [StreamRequestSchema, StreamResponseSchema]) {
          assert.deepEqual(
            encoded,
            toBinary(schema, create(schema, { frameType: type, payload })),
          );
        }
        assert.deepEqual(decodeFrame(encoded), { type, payload });
      },
    ),
  );
});

Deno.test("dataFrameHead with a payload after it is a DATA message, at every length of the length", () => {
  for (
    const length of [1, 127, 128, 16_383, 16_384, CHUNK_BYTES, 2_097_151, 2_097_152, 4_194_299]
  ) {
    const payload = new Uint8Array(length).fill(7);
    const head = dataFrameHead(length).slice();
    assert.ok(head.length <= MAX_FRAME_HEAD_BYTES);
    const message = Uint8Array.from([...head, ...payload]);
    assert.deepEqual(message, encodeFrame(FrameType.DATA, payload));
    assert.deepEqual(decodeFrame(message).payload, payload);
  }
});

Deno.test("decodeFrame gives a view of the message, not a copy", () => {
  const message = encodeFrame(FrameType.DATA, new Uint8Array(1_000));
  const frame = decodeFrame(message);
  assert.equal(frame.payload.buffer, message.buffer);
});

Deno.test("decodeFrame fills the object it is given, and leaves nothing of the frame before", () => {
  const frame = decodeFrame(encodeFrame(FrameType.GOAWAY, Uint8Array.of(1)));
  assert.equal(decodeFrame(new Uint8Array(0), frame), frame);
  assert.deepEqual(frame, { type: FrameType.DATA, payload: new Uint8Array(0) });
});

Deno.test("decodeFrame: fields in any order, the last of a kind counts", () => {
  const message = Uint8Array.of(0x10, 6, 0x0a, 2, 1, 2, 0x10, 7, 0x0a, 1, 9);
  assert.deepEqual(decodeFrame(message), { type: FrameType.GOAWAY, payload: Uint8Array.of(9) });
});

Deno.test("decodeFrame passes over a known field of the wrong wire type", () => {
  // Field 1 as a varint, field 2 as bytes: unknown fields, to protobuf in C++, Go and Python.
  const message = Uint8Array.of(0x08, 5, 0x12, 1, 7, 0x0a, 1, 3);
  assert.deepEqual(decodeFrame(message), { type: FrameType.DATA, payload: Uint8Array.of(3) });
});

for (
  const [what, message, error] of [
    ["a payload that is cut off", [0x0a, 5, 1], /message is cut off: field goes to offset 7/],
    ["a varint that is cut off", [0x10, 0x80], /varint is cut off: it starts at offset 1/],
    ["a varint that never ends", [0x10, ...new Array(11).fill(0x80)], /longer than 10 bytes/],
    ["field number 0", [0x02, 0], /no such field or wire type/],
    ["wire type 6", [0x1e], /no such field or wire type/],
    ["a tag above 32 bits", [0x80, 0x80, 0x80, 0x80, 0x10, 0], /tag does not fit 32 bits/],
    ["a group that only ends", [0x1c], /group ends that did not begin/],
    ["a group that ends as another", [0x1b, 0x24], /group ends that did not begin/],
    ["a group that never ends", [0x1b], /varint is cut off/],
    ["groups nested too deep", new Array(200).fill(0x1b), /groups are nested too deep/],
  ] as const
) {
  Deno.test(`decodeFrame refuses ${what}`, () => {
    assert.throws(() => decodeFrame(Uint8Array.from(message)), (thrown) => {
      assert.ok(thrown instanceof FrameError);
      assert.match(thrown.message, /^Cannot decode router frame: /);
      assert.match(thrown.message, error);
      return true;
    });
  });
}

Deno.test("no frame is longer than 4 MiB, coming or going", () => {
  const longest = new Uint8Array(MAX_FRAME_BYTES - MAX_FRAME_HEAD_BYTES);
  assert.equal(encodeFrame(FrameType.DATA, longest).length, MAX_FRAME_BYTES);
  assert.throws(
    () => encodeFrame(FrameType.DATA, new Uint8Array(longest.length + 1)),
    /Cannot encode router frame: longest message is 4194304 bytes: current value is 4194305/,
  );
  assert.throws(
    () => decodeFrame(new Uint8Array(MAX_FRAME_BYTES + 1)),
    /Cannot decode router frame: longest message is 4194304 bytes: current value is 4194305/,
  );
});
