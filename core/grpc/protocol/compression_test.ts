import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import { Code, type ConnectError } from "@connectrpc/connect";
import { acceptsEncoding, deflate, gzip, messageEncoding } from "./compression.ts";

const MESSAGE = new TextEncoder().encode("console ".repeat(1000));

for (const encoding of [gzip, deflate]) {
  Deno.test(`${encoding.name} gives back what it compressed`, () => {
    const packed = encoding.compress(MESSAGE);
    assert.ok(packed.length < MESSAGE.length);
    assert.deepEqual(encoding.decompress(packed, MESSAGE.length), MESSAGE);
  });

  Deno.test(`${encoding.name} stops at the limit, far before a bomb has unfolded`, () => {
    const make = encoding.name === "gzip" ? gzipSync : deflateSync;
    const bomb = make(new Uint8Array(64 * 1024 * 1024));
    const before = Deno.memoryUsage().rss;
    assert.throws(
      () => encoding.decompress(bomb, 1024),
      (error: ConnectError) => error.code === Code.ResourceExhausted,
    );
    assert.ok(Deno.memoryUsage().rss - before < 16 * 1024 * 1024);
  });

  Deno.test(`${encoding.name} refuses what is broken or cut off`, () => {
    const packed = encoding.compress(MESSAGE);
    for (const broken of [new Uint8Array([1, 2, 3]), packed.subarray(0, packed.length - 9)]) {
      assert.throws(
        () => encoding.decompress(broken, 1 << 20),
        (error: ConnectError) => error.code === Code.Internal,
      );
    }
  });

  Deno.test(`${encoding.name} takes an empty payload for an empty message`, () => {
    assert.equal(encoding.decompress(new Uint8Array(0), 10).length, 0);
  });
}

Deno.test("grpc-encoding identity is no encoding, an unknown one is unimplemented", () => {
  assert.equal(messageEncoding(undefined), null);
  assert.equal(messageEncoding("identity"), null);
  assert.equal(messageEncoding("gzip"), gzip);
  assert.throws(
    () => messageEncoding("snappy"),
    (error: ConnectError) => error.code === Code.Unimplemented && /gzip/.test(error.message),
  );
});

Deno.test("grpc-accept-encoding is a list", () => {
  assert.equal(acceptsEncoding("identity, deflate, gzip", gzip), true);
  assert.equal(acceptsEncoding("identity,x-gzip", gzip), false);
  assert.equal(acceptsEncoding(undefined, gzip), false);
});
