import assert from "node:assert/strict";
import { DETECT_BYTES, detectEncoding } from "./detect.ts";

Deno.test("detectEncoding knows the magic numbers of core-spec §5.3", () => {
  const detect = (...head: number[]): string | null => detectEncoding(Uint8Array.from(head));
  assert.equal(detect(0x1f, 0x8b, 0x08), "gzip");
  assert.equal(detect(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 9, 9), "xz");
  assert.equal(detect(0x42, 0x5a, 0x68), "bz2");
  assert.equal(detect(0x28, 0xb5, 0x2f, 0xfd), "zstd");
});

Deno.test("detectEncoding takes neither part of a magic number nor another one", () => {
  assert.equal(detectEncoding(new Uint8Array(0)), null);
  assert.equal(detectEncoding(Uint8Array.of(0x1f, 0x8b)), null);
  assert.equal(detectEncoding(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a)), null);
  assert.equal(detectEncoding(Uint8Array.of(0x1f, 0x8b, 0x09, 0, 0, 0)), null);
  assert.equal(detectEncoding(new Uint8Array(DETECT_BYTES)), null);
});
