import assert from "node:assert/strict";
import { counted, countedReadable } from "./counted.ts";
import { duplexPair } from "./duplex.ts";

Deno.test("counted counts what is read and what is written", async () => {
  const [near, far] = duplexPair();
  const duplex = counted(near);
  const writer = duplex.writable.getWriter();
  await writer.write(new Uint8Array(10));
  await writer.write(new Uint8Array(5));
  await writer.close();
  const there = far.writable.getWriter();
  await there.write(new Uint8Array(7));
  await there.close();
  for await (const chunk of duplex.readable) assert.equal(chunk.length, 7);
  assert.equal(duplex.bytesWritten, 15);
  assert.equal(duplex.bytesRead, 7);
  await new Response(far.readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
});

Deno.test("counted passes chunks on without copying or reading ahead", async () => {
  const [near, far] = duplexPair();
  const duplex = counted(near);
  const chunk = new Uint8Array(10);
  const writer = far.writable.getWriter();
  await writer.write(chunk);
  await writer.write(chunk);
  const reader = duplex.readable.getReader();
  assert.equal((await reader.read()).value, chunk);
  assert.equal(duplex.bytesRead, 10);
  await reader.cancel();
});

Deno.test("counted passes cancel, abort and failures on", async () => {
  const reason = new Error("enough");
  {
    const [near, far] = duplexPair();
    await counted(near).readable.cancel(reason);
    await assert.rejects(far.writable.getWriter().closed, reason);
  }
  {
    const [near, far] = duplexPair();
    await counted(near).writable.abort(reason);
    await assert.rejects(far.readable.getReader().read(), reason);
  }
  {
    const [near, far] = duplexPair();
    const duplex = counted(near);
    await far.readable.cancel(reason);
    await assert.rejects(duplex.writable.getWriter().closed, reason);
    await far.writable.abort(reason);
    await assert.rejects(duplex.readable.getReader().read(), reason);
  }
});

Deno.test("counted: abort reaches the other end though a write waits", async () => {
  const [near, far] = duplexPair({ capacity: 1 });
  const writer = counted(near).writable.getWriter();
  const write = writer.write(new Uint8Array(10));
  await new Promise((resolve) => setTimeout(resolve, 0));
  const reason = new Error("enough");
  await Promise.allSettled([writer.abort(reason), write]);
  await assert.rejects(far.readable.getReader().read(), reason);
});

Deno.test("countedReadable tells the end only when it comes in order", async () => {
  let ends = 0;
  const ended = countedReadable(new Response("x").body!, () => {}, () => ends++);
  await new Response(ended as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
  assert.equal(ends, 1);
  await countedReadable(new Response("x").body!, () => {}, () => ends++).cancel();
  assert.equal(ends, 1);
});
