// A sender holds back what its peer does not take, and says so to its user.
import assert from "node:assert/strict";
import type { Http2Stream, StreamHandler } from "./api.ts";
import { ErrorCode } from "./errors.ts";
import { STREAM_HIGH_WATER } from "./limits.ts";
import { answerOpen, OK, source } from "./testing/answers.ts";
import { type Call, requestFields } from "./testing/call.ts";
import { SessionPair } from "./testing/session_pair.ts";

const CHUNK = new Uint8Array(65_536);

/** Resolves when `call` has received so much. */
function received(call: Call, octets: number): Promise<void> {
  return new Promise((resolve) => {
    call.whenData = () => {
      if (call.received >= octets) resolve();
    };
    call.whenData(CHUNK);
  });
}

Deno.test("a stream whose reader consumes nothing gets its window and not one octet more", async () => {
  const window = 200_000;
  await using pair = await SessionPair.open({
    onStream: source,
    client: { streamWindow: window },
  });
  await pair.client.ready;
  const call = pair.call({ fields: requestFields("/10000000"), hold: true });
  await received(call, window);
  await pair.client.ping();
  await pair.client.ping();
  assert.equal(call.received, window);
  const [stream] = pair.serverStreams;
  assert.ok(stream.bufferedBytes >= STREAM_HIGH_WATER);
  assert.ok(stream.bufferedBytes <= STREAM_HIGH_WATER + CHUNK.length);
  call.whenData = () => call.release();
  call.release();
  assert.equal(await call.over, null);
  assert.equal(call.received, 10_000_000);
});

Deno.test("sendData says false once 256 KiB wait, and onWritable comes for each time it did", async () => {
  await using pair = await SessionPair.open({
    onStream: answerOpen,
    server: { streamWindow: 100_000 },
  });
  await pair.client.ready;
  const call = pair.call({ body: undefined });
  let refused = 0;
  let sent = 0;
  const done = new Promise<void>((resolve) => {
    const write = () => {
      for (;;) {
        const room = call.stream.sendData(null, CHUNK, false);
        sent += CHUNK.length;
        assert.ok(call.stream.bufferedBytes < STREAM_HIGH_WATER + CHUNK.length);
        assert.equal(room, call.stream.bufferedBytes < STREAM_HIGH_WATER);
        if (sent >= 5_000_000) return resolve();
        if (!room) return void refused++;
      }
    };
    call.whenWritable = write;
    write();
  });
  await done;
  call.stream.sendTrailers([["end", "1"]]);
  assert.equal(call.stream.sendClosed, true);
  assert.ok(refused > 5);
  assert.ok(call.writable >= refused);
  call.stream.reset(ErrorCode.CANCEL);
});

Deno.test("when a stream becomes writable, at most half of what it may hold is left", async () => {
  await using pair = await SessionPair.open({
    onStream: answerOpen,
    server: { streamWindow: 70_000 },
  });
  await pair.client.ready;
  const call = pair.call({ body: undefined });
  const writable = new Promise<number>((resolve) => {
    call.whenWritable = () => resolve(call.stream.bufferedBytes);
  });
  while (call.stream.sendData(null, CHUNK, false));
  assert.ok(await writable <= STREAM_HIGH_WATER / 2);
  call.stream.reset(ErrorCode.CANCEL);
});

Deno.test("the end and the trailers wait for the payload before them", async () => {
  const order: string[] = [];
  const server: { stream?: Http2Stream } = {};
  await using pair = await SessionPair.open({
    onStream(stream): StreamHandler {
      server.stream = stream;
      stream.sendHeaders(OK, true);
      let octets = 0;
      return {
        onData(data) {
          octets += data.length;
          stream.consume(data.length);
        },
        onTrailers: () => order.push(`trailers after ${octets}`),
        onClose: () => order.push("close"),
      };
    },
    server: { streamWindow: 50_000 },
  });
  await pair.client.ready;
  const call = pair.call({ body: new Uint8Array(1_000_000), trailers: [["x", "y"]] });
  assert.equal(call.stream.sendData(null, CHUNK, true), true); // after the end: no effect
  assert.equal(await call.over, null);
  await pair.client.ping();
  assert.deepEqual(order, ["trailers after 1000000", "close"]);
});

Deno.test("a reset drops what waits, and its stream takes nothing more", async () => {
  await using pair = await SessionPair.open({
    onStream: answerOpen,
    server: { streamWindow: 70_000 },
  });
  await pair.client.ready;
  const call = pair.call({ body: undefined });
  while (call.stream.sendData(null, CHUNK, false));
  call.stream.reset(ErrorCode.CANCEL);
  assert.equal(call.stream.bufferedBytes, 0);
  assert.equal(call.stream.sendData(null, CHUNK, false), true);
  assert.equal(call.stream.bufferedBytes, 0);
  assert.equal(call.stream.sendClosed, true);
  call.stream.consume(1_000);
  call.stream.sendTrailers([["x", "y"]]);
  assert.equal((await call.over)?.code, ErrorCode.CANCEL);
  assert.equal(call.writable, 0);
});

Deno.test("a stream that waits for its turn to open takes payload, and sends it then", async () => {
  await using pair = await SessionPair.open({
    onStream: answerOpen,
    server: { maxConcurrentStreams: 1 },
  });
  await pair.client.ready;
  const first = pair.call({ body: undefined });
  const second = pair.call({ body: undefined });
  while (second.stream.sendData(null, CHUNK, false));
  assert.ok(second.stream.bufferedBytes >= STREAM_HIGH_WATER);
  assert.equal(second.stream.id, 0);
  const writable = new Promise<void>((resolve) => second.whenWritable = resolve);
  first.stream.reset(ErrorCode.CANCEL);
  await writable;
  second.stream.reset(ErrorCode.CANCEL);
});
