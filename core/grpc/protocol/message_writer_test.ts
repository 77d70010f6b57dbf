import assert from "node:assert/strict";
import { Code, type ConnectError } from "@connectrpc/connect";
import { gzip } from "./compression.ts";
import { sendMessage } from "./message_writer.ts";

class Sink {
  head: number[] = [];
  body: Uint8Array | null = null;
  room = true;
  sendData(head: Uint8Array | null, body: Uint8Array | null): boolean {
    this.head = [...head ?? []];
    this.body = body;
    return this.room;
  }
}

Deno.test("message writer puts the prefix and the head before a body that it does not copy", () => {
  const sink = new Sink();
  const body = new Uint8Array(600);
  assert.equal(sendMessage(sink, new Uint8Array([7, 8]), body, 1000), true);
  assert.deepEqual(sink.head, [0, 0, 0, 2, 90, 7, 8]);
  assert.equal(sink.body, body);
  sink.room = false;
  assert.equal(sendMessage(sink, null, body, 1000), false);
  assert.deepEqual(sink.head, [0, 0, 0, 2, 88]);
});

Deno.test("message writer copies a small message whole", () => {
  const sink = new Sink();
  sendMessage(sink, new Uint8Array([7]), new Uint8Array([8, 9]), 1000);
  assert.deepEqual(sink.head, [0, 0, 0, 0, 3, 7, 8, 9]);
  assert.equal(sink.body, null);
  sendMessage(sink, null, null, 1000);
  assert.deepEqual(sink.head, [0, 0, 0, 0, 0]);
});

Deno.test("message writer takes a head of any size", () => {
  const sink = new Sink();
  sendMessage(sink, new Uint8Array(5000).fill(9), null, 10_000);
  assert.equal(sink.head.length, 5005);
  assert.equal(sink.head[5004], 9);
});

Deno.test("message writer refuses a message over the limit and sends nothing of it", () => {
  const sink = new Sink();
  assert.throws(
    () => sendMessage(sink, new Uint8Array(3), new Uint8Array(98), 100),
    (error: ConnectError) =>
      error.code === Code.ResourceExhausted && /\(101 vs\. 100\)/.test(error.message),
  );
  assert.deepEqual(sink.head, []);
});

Deno.test("message writer compresses messages that are worth it", () => {
  const sink = new Sink();
  sendMessage(sink, new Uint8Array(24), new Uint8Array(1000), 2000, gzip);
  assert.equal(sink.head[0], 1);
  assert.equal(gzip.decompress(sink.body!, 2000).length, 1024);
  sendMessage(sink, null, new Uint8Array(1023), 2000, gzip);
  assert.equal(sink.head[0], 0);
});
