import assert from "node:assert/strict";
import { type Duplex, duplexPair } from "./duplex.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

async function send(duplex: Duplex, chunk: Uint8Array): Promise<void> {
  const writer = duplex.writable.getWriter();
  await writer.write(chunk);
  writer.releaseLock();
}

async function readAll(duplex: Duplex): Promise<Uint8Array> {
  return await new Response(duplex.readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
}

Deno.test("duplexPair carries bytes both ways", async () => {
  const [a, b] = duplexPair();
  await send(a, bytes(1, 2));
  await send(b, bytes(3));
  await a.writable.close();
  await b.writable.close();
  assert.deepEqual(await readAll(b), bytes(1, 2));
  assert.deepEqual(await readAll(a), bytes(3));
});

Deno.test("duplexPair passes chunks on without copying them", async () => {
  const [a, b] = duplexPair();
  const chunk = new Uint8Array(1_000_000);
  const sent = send(a, chunk);
  const { value } = await b.readable.getReader().read();
  await sent;
  assert.equal(value, chunk);
});

for (const first of [0, 1]) {
  Deno.test(`duplexPair closes one direction and keeps the other, end ${first} first`, async () => {
    const ends = duplexPair();
    const [near, far] = [ends[first], ends[1 - first]];
    await near.writable.close();
    assert.deepEqual(await readAll(far), bytes());
    await send(far, bytes(7));
    await far.writable.close();
    assert.deepEqual(await readAll(near), bytes(7));
  });
}

Deno.test("duplexPair holds at most its capacity and one chunk", async () => {
  const [a, b] = duplexPair({ capacity: 1_000 });
  const writer = a.writable.getWriter();
  let written = 0;
  for (let i = 0; i < 20; i++) {
    writer.write(new Uint8Array(100)).then(() => written += 100, () => {});
  }
  await settle();
  assert.equal(written, 900, "the write that reaches the capacity waits");

  const reader = b.readable.getReader();
  await reader.read();
  await settle();
  assert.equal(written, 1_000);
  await reader.cancel();
  await writer.closed.catch(() => {});
});

Deno.test("duplexPair: abort fails the other end's readable, even while a write waits", async () => {
  const [a, b] = duplexPair({ capacity: 10 });
  const writer = a.writable.getWriter();
  const write = writer.write(new Uint8Array(10));
  await settle();
  const reason = new Error("unplugged");
  await writer.abort(reason);
  await write;
  await assert.rejects(b.readable.getReader().read(), reason);
});

Deno.test("duplexPair: cancel fails the other end's writable, even while a write waits", async () => {
  const [a, b] = duplexPair({ capacity: 10 });
  const writer = a.writable.getWriter();
  const write = writer.write(new Uint8Array(10));
  await settle();
  const reason = new Error("no longer wanted");
  await b.readable.cancel(reason);
  await write;
  await assert.rejects(writer.write(new Uint8Array(1)), reason);
});

Deno.test("duplexPair drops empty chunks", async () => {
  const [a, b] = duplexPair();
  await send(a, bytes());
  await send(a, bytes(1));
  const { value } = await b.readable.getReader().read();
  assert.deepEqual(value, bytes(1));
});

/** Lets all that is ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
