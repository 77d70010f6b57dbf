// Told by the order of events, not by the clock.
import assert from "node:assert/strict";
import { duplexPair } from "../stream/mod.ts";
import type { ByteConn } from "./byte_conn.ts";
import { byteConnFromDuplex } from "./duplex_conn.ts";
import { ErrorCode } from "./errors.ts";
import { fieldValue } from "./fields.ts";
import { echo, source } from "./testing/answers.ts";
import { requestFields } from "./testing/call.ts";
import { SessionPair } from "./testing/session_pair.ts";

/** A carrier of 64 KiB each way: what is under way is what the two ends put there. */
function smallPipe(): Promise<[ByteConn, ByteConn]> {
  const [near, far] = duplexPair();
  return Promise.resolve([byteConnFromDuplex(near), byteConnFromDuplex(far)]);
}

function openPair(): Promise<SessionPair> {
  return SessionPair.open({
    onStream: (stream, fields, end) =>
      fieldValue(fields, ":path") === "/echo" ? echo(stream, fields, end) : source(stream, fields),
    conns: smallPipe,
  });
}

Deno.test("a ping-pong beside bulk transfers waits for about a megabyte of them at most", async () => {
  await using pair = await openPair();
  await pair.client.ready;
  const bulks = Array.from(
    { length: 4 },
    () => pair.call({ fields: requestFields("/1000000000"), forget: true }),
  );
  const pingPong = pair.call({ fields: requestFields("/echo"), body: undefined });
  for (let i = 0; i < 50; i++) {
    const before = bulks.reduce((sum, bulk) => sum + bulk.received, 0);
    const pong = new Promise<void>((resolve) => pingPong.whenData = () => resolve());
    pingPong.stream.sendData(Uint8Array.of(i), null, false);
    await pong;
    const between = bulks.reduce((sum, bulk) => sum + bulk.received, 0) - before;
    assert.ok(between <= 1.25 * 1024 * 1024, `${between} octets went ahead of round ${i}`);
  }
  for (const call of [pingPong, ...bulks]) call.stream.reset(ErrorCode.CANCEL);
});

Deno.test("new calls beside bulk transfers are answered before a megabyte of them", async () => {
  await using pair = await openPair();
  await pair.client.ready;
  const bulk = pair.call({ fields: requestFields("/1000000000"), forget: true });
  await bulk.answered;
  for (let i = 0; i < 50; i++) {
    const before = bulk.received;
    const call = pair.call({ fields: requestFields("/echo"), body: Uint8Array.of(1) });
    assert.equal(await call.over, null);
    assert.ok(bulk.received - before <= 1.25 * 1024 * 1024);
  }
  bulk.stream.reset(ErrorCode.CANCEL);
});

Deno.test("bulk transfers of the same size end together", async () => {
  await using pair = await openPair();
  await pair.client.ready;
  const size = 8_000_000;
  const calls = Array.from(
    { length: 5 },
    () => pair.call({ fields: requestFields(`/${size}`), forget: true }),
  );
  await Promise.race(calls.map((call) => call.over));
  for (const call of calls) {
    assert.ok(call.received > size * 0.75, `one has ${call.received} of ${size}`);
  }
  for (const call of calls) assert.equal(await call.over, null);
});

Deno.test("uploads share as downloads do", async () => {
  await using pair = await openPair();
  await pair.client.ready;
  const chunk = new Uint8Array(65_536);
  const total = 4_000_000;
  const calls = Array.from({ length: 4 }, () => {
    const call = pair.call({ fields: requestFields("/echo"), body: undefined, forget: true });
    let left = total;
    const write = () => {
      let room = true;
      while (room && left > 0) {
        const length = Math.min(left, chunk.length);
        left -= length;
        room = call.stream.sendData(null, chunk.subarray(0, length), left === 0);
      }
    };
    call.whenWritable = write;
    write();
    return call;
  });
  await Promise.race(calls.map((call) => call.over));
  for (const call of calls) assert.ok(call.received > total * 0.6, `one has ${call.received}`);
  for (const call of calls) assert.equal(await call.over, null);
});
