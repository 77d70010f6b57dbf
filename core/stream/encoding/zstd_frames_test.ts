import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { constants, zstdCompressSync } from "node:zlib";
import { EncodingError } from "./encoding_error.ts";
import { ZstdFrameWalker } from "./zstd_frames.ts";

/** Frames of many shapes: sizes, checksums, block types, sizes told and not told. */
const frames = [0, 1, 100, 300, 70_000, 1_000_000].flatMap((length) =>
  [true, false].flatMap((random) => {
    const bytes = new Uint8Array(length);
    if (random) { for (let i = 0; i < length; i++) bytes[i] = i * 2_654_435_761 >>> 13; }
    return [0, 1].flatMap((checksum) =>
      [0, 1].map((size) =>
        zstdCompressSync(bytes, {
          params: {
            [constants.ZSTD_c_checksumFlag]: checksum,
            [constants.ZSTD_c_contentSizeFlag]: size,
          },
        })
      )
    );
  })
);

Deno.test("ZstdFrameWalker stops where a frame ends, and only there", () => {
  for (const frame of frames) {
    const walker = new ZstdFrameWalker();
    assert.equal(walker.atFrameStart, true);
    assert.equal(walker.walk(Buffer.concat([frame, frame])), frame.length);
    assert.equal(walker.atFrameStart, true);
    assert.equal(walker.walk(frame.subarray(0, -1)), frame.length - 1);
    assert.equal(walker.atFrameStart, false);
    assert.equal(walker.walk(frame.subarray(-1)), 1);
    assert.equal(walker.atFrameStart, true);
  }
});

Deno.test("ZstdFrameWalker finds the end however the bytes are cut", () => {
  for (const frame of frames) {
    if (frame.length > 1_000) continue;
    const walker = new ZstdFrameWalker();
    frame.forEach((_, i) => {
      assert.equal(walker.walk(frame.subarray(i, i + 1)), 1);
      assert.equal(walker.atFrameStart, i === frame.length - 1);
    });
  }
});

Deno.test("ZstdFrameWalker refuses what is no frame", () => {
  assert.throws(() => new ZstdFrameWalker().walk(Uint8Array.of(1, 2, 3, 4)), EncodingError);
  const reserved = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 0x06, 0, 0);
  assert.throws(() => new ZstdFrameWalker().walk(reserved), /block of reserved type/);
});
