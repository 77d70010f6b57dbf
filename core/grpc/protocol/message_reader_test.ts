import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { gzip } from "./compression.ts";
import { MessageReader } from "./message_reader.ts";
import { sendMessage } from "./message_writer.ts";

class Window {
  consumed = 0;
  consume(octets: number): void {
    this.consumed += octets;
  }
}

function frames(...messages: string[]): Uint8Array {
  const bytes: number[] = [];
  for (const message of messages) {
    const body = new TextEncoder().encode(message);
    sendMessage(
      { sendData: (head, data) => !!bytes.push(...head!, ...data ?? []) },
      null,
      body,
      1000,
    );
  }
  return new Uint8Array(bytes);
}

const text = (bytes: Uint8Array | null | undefined): string => new TextDecoder().decode(bytes!);

Deno.test("message reader gives messages in order, then the end", async () => {
  const reader = new MessageReader(new Window(), 100);
  reader.push(frames("a", "b"));
  reader.end();
  assert.equal(text(await reader.receive()), "a");
  assert.equal(text(reader.poll()), "b");
  assert.equal(await reader.receive(), null);
  assert.equal(reader.poll(), null);
});

Deno.test("message reader wakes who waits", async () => {
  const reader = new MessageReader(new Window(), 100);
  const first = reader.receive();
  const bytes = frames("later");
  reader.push(bytes.subarray(0, 3));
  reader.push(bytes.subarray(3));
  assert.equal(text(await first), "later");
  const second = reader.receive();
  reader.end();
  assert.equal(await second, null);
  const called = new Promise<void>((resolve) => reader.whenReadable(resolve));
  reader.fail(new ConnectError("x", Code.Canceled));
  await called;
});

Deno.test("message reader gives the window back message by message", () => {
  const window = new Window();
  const reader = new MessageReader(window, 100);
  reader.push(frames("four", "more"));
  assert.equal(window.consumed, 0);
  reader.poll();
  assert.equal(window.consumed, 9);
  reader.discard();
  assert.equal(window.consumed, 18);
  reader.push(frames("lost"));
  assert.equal(window.consumed, 27);
  assert.equal(reader.poll(), null);
});

Deno.test("message reader fails at once, and whoever does not look is not punished", async () => {
  const reader = new MessageReader(new Window(), 100);
  void reader.receive();
  reader.fail(new ConnectError("gone", Code.Canceled));
  await assert.rejects(reader.receive(), /gone/);
  assert.throws(() => reader.poll(), /gone/);
});

Deno.test("message reader takes one receive at a time", async () => {
  const reader = new MessageReader(new Window(), 100);
  const first = reader.receive();
  await assert.rejects(reader.receive(), /another receive is waiting/);
  reader.end();
  assert.equal(await first, null);
});

Deno.test("message reader decompresses, also to the limit only", () => {
  const packed = gzip.compress(new Uint8Array(2000));
  const frame = new Uint8Array(5 + packed.length);
  frame.set([1, 0, 0, packed.length >> 8, packed.length]);
  frame.set(packed, 5);
  const reader = new MessageReader(new Window(), 2000);
  reader.encoding = gzip;
  reader.push(frame);
  assert.equal(reader.poll()?.length, 2000);
  const small = new MessageReader(new Window(), 1999);
  small.encoding = gzip;
  small.push(frame);
  assert.throws(() => small.poll(), (error: ConnectError) => error.code === Code.ResourceExhausted);
  const none = new MessageReader(new Window(), 2000);
  none.push(frame);
  assert.throws(() => none.poll(), /without grpc-encoding/);
});

Deno.test("message reader refuses an end within a message", () => {
  const reader = new MessageReader(new Window(), 100);
  reader.push(frames("half").subarray(0, 7));
  reader.end();
  assert.throws(() => reader.poll(), /incomplete message/);
});
