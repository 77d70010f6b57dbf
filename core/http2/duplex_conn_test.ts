import assert from "node:assert/strict";
import { duplexPair } from "../stream/mod.ts";
import type { ByteConn } from "./byte_conn.ts";
import { byteConnFromDuplex } from "./duplex_conn.ts";
import { turn } from "./testing/gated_conn.ts";

function connPair(): [ByteConn, ByteConn] {
  const [near, far] = duplexPair({ capacity: 100 });
  return [byteConnFromDuplex(near), byteConnFromDuplex(far)];
}

Deno.test("bytes come out in order, whatever the sizes of writes and reads", async () => {
  const [near, far] = connPair();
  const sent = Uint8Array.from({ length: 5_000 }, (_, i) => i * 7);
  const write = async () => {
    for (let at = 0, size = 1; at < sent.length; size = size * 3 % 701) {
      at += await near.write(sent.subarray(at, at + size));
    }
    near.close();
  };
  const done = write();
  const got: number[] = [];
  const buffer = new Uint8Array(64);
  for (let size = 1;; size = size * 5 % 63 + 1) {
    const count = await far.read(buffer.subarray(0, size));
    if (count === null) break;
    assert.ok(count > 0 && count <= size);
    got.push(...buffer.subarray(0, count));
  }
  await done;
  assert.deepEqual(Uint8Array.from(got), sent);
});

Deno.test("a write does not keep the caller's buffer", async () => {
  const [near, far] = connPair();
  const buffer = Uint8Array.of(1, 2, 3);
  await near.write(buffer);
  buffer.fill(9);
  const got = new Uint8Array(3);
  assert.equal(await far.read(got), 3);
  assert.deepEqual([...got], [1, 2, 3]);
});

Deno.test("a write waits while the other side does not read", async () => {
  const [near, far] = connPair();
  let written = false;
  const write = near.write(new Uint8Array(1_000)).then(() => written = true);
  await turn();
  assert.equal(written, false);
  await far.read(new Uint8Array(1_000));
  await write;
});

Deno.test("close ends a pending read and a pending write", async () => {
  const [near] = connPair();
  const read = near.read(new Uint8Array(10));
  const write = near.write(new Uint8Array(1_000));
  await turn();
  near.close();
  assert.equal(await read, null);
  await write.catch(() => {});
});

Deno.test("what was written before close arrives", async () => {
  const [near, far] = connPair();
  await near.write(Uint8Array.of(1, 2));
  near.close();
  const got = new Uint8Array(10);
  assert.equal(await far.read(got), 2);
  assert.equal(await far.read(got), null);
});

Deno.test("close twice does no harm, and reads and writes after it do not succeed", async () => {
  const [near] = connPair();
  near.close();
  near.close();
  assert.equal(await near.read(new Uint8Array(1)), null);
  await assert.rejects(near.write(new Uint8Array(1)));
});

Deno.test("a stream that breaks breaks the connection", async () => {
  const broken = new Error("cable pulled");
  const conn = byteConnFromDuplex({
    readable: new ReadableStream({ start: (controller) => controller.error(broken) }),
    writable: new WritableStream({ start: (controller) => controller.error(broken) }),
  });
  await assert.rejects(conn.read(new Uint8Array(1)), broken);
  await assert.rejects(conn.write(new Uint8Array(1)), broken);
  conn.close();
});
