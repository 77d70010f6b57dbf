import assert from "node:assert/strict";
import fc from "fast-check";
import { ErrorCode, Http2Error } from "./errors.ts";
import { applySettings, encodeSettings, initialSettings, type Settings } from "./settings.ts";
import { settingsFrame } from "./testing/frame_bytes.ts";

function payload(...pairs: (readonly [number, number])[]): Uint8Array {
  return settingsFrame(...pairs).subarray(9);
}

/** Applies them to the initial settings, as if the server had sent them unless told. */
function applied(
  pairs: (readonly [number, number])[],
  from: "client" | "server" = "server",
): Settings {
  const settings = initialSettings();
  applySettings(settings, payload(...pairs), from, () => {});
  return settings;
}

Deno.test("settings begin with the initial values of RFC 9113 §6.5.2", () => {
  assert.deepEqual(initialSettings(), {
    headerTableSize: 4096,
    maxConcurrentStreams: Infinity,
    initialWindowSize: 65_535,
    maxFrameSize: 16_384,
    maxHeaderListSize: Infinity,
    grpcTrueBinaryMetadata: false,
  });
});

Deno.test("each setting goes where its identifier says", () => {
  const settings = applied([[1, 0], [3, 7], [4, 0x7fffffff], [5, 4 << 20], [6, 0xffffffff], [
    0xfe03,
    1,
  ]]);
  assert.deepEqual(settings, {
    headerTableSize: 0,
    maxConcurrentStreams: 7,
    initialWindowSize: 0x7fffffff,
    maxFrameSize: 4 << 20,
    maxHeaderListSize: 0xffffffff,
    grpcTrueBinaryMetadata: true,
  });
});

Deno.test("the last of several values for one setting counts", () => {
  assert.equal(applied([[4, 1], [4, 2], [4, 3]]).initialWindowSize, 3);
});

Deno.test("every size of the header table counts, because the smallest one must be signalled (RFC 7541 §4.2)", () => {
  const sizes: number[] = [];
  const bytes = payload([1, 0], [1, 4096], [1, 4096], [1, 100]);
  applySettings(initialSettings(), bytes, "client", (size) => sizes.push(size));
  assert.deepEqual(sizes, [0, 4096, 100]);
});

Deno.test("unknown settings change nothing", () => {
  fc.assert(fc.property(
    fc.integer({ min: 7, max: 0xffff }).filter((id) => id !== 0xfe03),
    fc.integer({ min: 0, max: 0xffffffff }),
    (id, value) => assert.deepEqual(applied([[id, value]]), initialSettings()),
  ));
});

const REFUSED: readonly [string, number, number, "client" | "server", number][] = [
  ["ENABLE_PUSH of 2", 2, 2, "client", ErrorCode.PROTOCOL_ERROR],
  ["ENABLE_PUSH of 1 from a server", 2, 1, "server", ErrorCode.PROTOCOL_ERROR],
  ["INITIAL_WINDOW_SIZE of 2^31", 4, 0x80000000, "client", ErrorCode.FLOW_CONTROL_ERROR],
  ["INITIAL_WINDOW_SIZE of 2^32-1", 4, 0xffffffff, "server", ErrorCode.FLOW_CONTROL_ERROR],
  ["MAX_FRAME_SIZE of 16,383", 5, 16_383, "client", ErrorCode.PROTOCOL_ERROR],
  ["MAX_FRAME_SIZE of 2^24", 5, 1 << 24, "client", ErrorCode.PROTOCOL_ERROR],
  ["MAX_FRAME_SIZE of 0", 5, 0, "server", ErrorCode.PROTOCOL_ERROR],
];

for (const [what, id, value, from, code] of REFUSED) {
  Deno.test(`${what} ends the connection`, () => {
    assert.throws(
      () => applied([[id, value]], from),
      (error) => error instanceof Http2Error && error.code === code && error.scope === "connection",
    );
  });
}

Deno.test("the limits themselves are taken: push of 0 and 1, frames of 16,384 and 2^24-1", () => {
  assert.doesNotThrow(() => applied([[2, 0], [2, 1]], "client"));
  assert.doesNotThrow(() => applied([[2, 0]], "server"));
  assert.equal(applied([[5, 16_384]]).maxFrameSize, 16_384);
  assert.equal(applied([[5, 16_777_215]]).maxFrameSize, 16_777_215);
});

Deno.test("what one end announces is what the other understands", () => {
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  const settings: fc.Arbitrary<Settings> = fc.record({
    headerTableSize: u32,
    maxConcurrentStreams: u32,
    initialWindowSize: fc.integer({ min: 0, max: 0x7fffffff }),
    maxFrameSize: fc.integer({ min: 16_384, max: 16_777_215 }),
    maxHeaderListSize: u32,
    grpcTrueBinaryMetadata: fc.boolean(),
  });
  fc.assert(fc.property(settings, (sent) => {
    const received = initialSettings();
    applySettings(received, encodeSettings(sent, "server"), "server", () => {});
    assert.deepEqual(received, { ...sent });
  }));
});

Deno.test("a client says that it takes no push, and does not limit streams it cannot get", () => {
  const bytes = encodeSettings(initialSettings(), "client");
  const ids = Array.from({ length: bytes.length / 6 }, (_, i) => bytes[i * 6 + 1]);
  assert.ok(ids.includes(2));
  assert.ok(!ids.includes(3));
});
