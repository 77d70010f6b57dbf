import assert from "node:assert/strict";
import { duplexPair } from "@jumpstarter/core/stream";
import { ByteReader, numbered, send, TestLog } from "./fixture_test.ts";
import { SerialHub } from "./hub.ts";

function hubWithDevice(options: { historyBytes?: number; firstSeesAll?: boolean } = {}) {
  const { log, records } = new TestLog();
  const hub = new SerialHub({ name: "test", log, ...options });
  const [port, device] = duplexPair({ capacity: 1024 });
  return { hub, device, records, attached: hub.attach(port) };
}

Deno.test("all streams see the same output, each from where it was opened", async () => {
  const { hub, device, attached } = hubWithDevice();
  const early = new ByteReader(hub.open().readable);
  await send(device, "one");
  assert.equal(await early.text(3), "one");
  const late = new ByteReader(hub.open().readable);
  const replayed = new ByteReader(hub.open({ replay: true }).readable);
  await send(device, "two");
  assert.equal(await early.text(3), "two");
  assert.equal(await late.text(3), "two");
  assert.equal(await replayed.text(6), "onetwo");
  await device.writable.close();
  await attached;
  await hub[Symbol.asyncDispose]();
});

Deno.test("a stalled stream holds up neither the port nor the others, and its loss is told", async () => {
  const { hub, device, attached, records } = hubWithDevice({ historyBytes: 4096 });
  const stalled = new ByteReader(hub.open().readable);
  const watching = new ByteReader(hub.open().readable);
  const piece = 1000;
  for (let at = 0; at < 100_000; at += piece) {
    const bytes = numbered(at, piece);
    await send(device, bytes);
    assert.deepEqual(await watching.bytes(piece), bytes);
  }
  assert.deepEqual(await stalled.bytes(4096), numbered(100_000 - 4096, 4096));
  assert.equal(hub.bytesMissed, 100_000 - 4096);
  assert.match(records[0].message, /it misses 95904 bytes from offset 0 on/);
  await device.writable.close();
  await attached;
  await hub[Symbol.asyncDispose]();
});

Deno.test("what several write is mixed by chunks only", async () => {
  const { hub, device, attached } = hubWithDevice();
  const chunks = 50;
  const size = 3000;
  const write = async (letter: string): Promise<void> => {
    const stream = hub.open();
    const writer = stream.writable.getWriter();
    for (let i = 0; i < chunks; i++) {
      await writer.write(new TextEncoder().encode(letter.repeat(size)));
    }
    await writer.close();
    await stream.readable.cancel();
  };
  const writing = Promise.all(["a", "b", "c"].map(write));
  const text = await new ByteReader(device.readable).text(3 * chunks * size);
  await writing;
  for (let at = 0; at < text.length; at += size) {
    assert.equal(text.slice(at, at + size), text[at].repeat(size));
  }
  assert.equal(hub.bytesSent, text.length);
  assert.equal(hub.streams, 0);
  await device.writable.close();
  await attached;
});

Deno.test("closing the writing side ends that only", async () => {
  const { hub, device, attached } = hubWithDevice();
  const stream = hub.open();
  await send(stream, "typed");
  await stream.writable.close();
  assert.equal(await new ByteReader(device.readable).text(5), "typed");
  await send(device, "answer");
  assert.equal(await new ByteReader(stream.readable).text(6), "answer");
  await device.writable.close();
  await attached;
});

Deno.test("what was written before a stream closed and went is still sent", async () => {
  const { log } = new TestLog();
  const hub = new SerialHub({ name: "test", log });
  const stream = hub.open();
  await send(stream, "reboot\n");
  await stream.writable.close();
  await stream.readable.cancel();
  const [port, device] = duplexPair();
  const attached = hub.attach(port);
  assert.equal(await new ByteReader(device.readable).text(7), "reboot\n");
  await device.writable.close();
  await attached;
});

Deno.test("a stream that is torn down no longer waits for its turn to write", async () => {
  const { log } = new TestLog();
  const hub = new SerialHub({ name: "test", log });
  const stream = hub.open();
  await send(stream, "never");
  await stream.writable.abort(new Error("gone"));
  const [port, device] = duplexPair();
  const attached = hub.attach(port);
  await send(hub.open(), "next");
  assert.equal(await new ByteReader(device.readable).text(4), "next");
  await device.writable.close();
  await attached;
});

Deno.test("streams outlive the port", async () => {
  const { hub, device, attached } = hubWithDevice();
  const stream = hub.open();
  const reader = new ByteReader(stream.readable);
  await send(device, "before");
  await device.writable.close();
  await attached;
  assert.equal(hub.problem, "its other end closed it");
  assert.equal(await reader.text(6), "before");
  const typed = send(stream, "typed meanwhile");
  const [port, replugged] = duplexPair();
  const again = hub.attach(port);
  await send(replugged, "after");
  assert.equal(await reader.text(5), "after");
  await typed;
  assert.equal(await new ByteReader(replugged.readable).text(15), "typed meanwhile");
  await replugged.writable.close();
  await again;
});

Deno.test("streams that are ended give what had come", async () => {
  const { hub, device, attached } = hubWithDevice();
  const stream = hub.open();
  const seen = new ByteReader(hub.open().readable);
  await send(device, "last words");
  await seen.text(10);
  hub.endStreams();
  const reader = new ByteReader(stream.readable);
  assert.equal(await reader.text(10), "last words");
  assert.ok(await reader.ended());
  assert.ok(await seen.ended());
  await assert.rejects(send(stream, "too late"), /the stream was closed/);
  assert.equal(hub.streams, 0);
  await device.writable.close();
  await attached;
});

Deno.test("streams that are failed throw", async () => {
  const { hub, device, attached } = hubWithDevice();
  const reader = new ByteReader(hub.open().readable);
  hub.failStreams(new Error("the machine crashed"));
  await assert.rejects(reader.bytes(1), /the machine crashed/);
  await device.writable.close();
  await attached;
});

Deno.test("a stream in use that is failed gives what had come, then the error", async () => {
  const { hub, device, attached } = hubWithDevice();
  const stream = hub.open();
  const writer = stream.writable.getWriter();
  const reader = new ByteReader(stream.readable);
  await send(device, "last words");
  await hub.ring.wait(9);
  hub.failStreams(new Error("the machine crashed"));
  assert.equal(await reader.text(10), "last words");
  await assert.rejects(reader.bytes(1), /the machine crashed/);
  await assert.rejects(writer.write(new Uint8Array(1)), /the machine crashed/);
  assert.equal(hub.streams, 0);
  await device.writable.close();
  await attached;
});

Deno.test("the first stream after a port came sees all of it, where that is wanted", async () => {
  const { hub, device, attached } = hubWithDevice({ firstSeesAll: true });
  await send(device, "boot log");
  await hub.ring.wait(7);
  assert.equal(await new ByteReader(hub.open().readable).text(8), "boot log");
  const second = new ByteReader(hub.open().readable);
  await send(device, "more");
  assert.equal(await second.text(4), "more");
  await device.writable.close();
  await attached;
});

Deno.test("a second port is refused", async () => {
  const { hub, device, attached } = hubWithDevice();
  await assert.rejects(hub.attach(duplexPair()[0]), /it has a port already/);
  await device.writable.close();
  await attached;
});
