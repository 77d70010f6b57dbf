// Every octet of window comes back, whatever becomes of the stream that it was spent on.
import assert from "node:assert/strict";
import type { Http2Stream, StreamHandler } from "./api.ts";
import { ErrorCode } from "./errors.ts";
import { type FieldList, fieldValue } from "./fields.ts";
import { FrameType, getUint31 } from "./frames.ts";
import { echo, OK, silent } from "./testing/answers.ts";
import { requestFields } from "./testing/call.ts";
import { dataFrame, headersFrame, resetFrame } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { chooseSeed, type Random, withSeed } from "./testing/seed.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { TestServer } from "./testing/test_server.ts";

const WINDOW = 65_535;
const SMALL = { streamWindow: WINDOW, connectionWindow: WINDOW };

/** A server handler that sends, keeps, consumes and resets as it pleases; `/echo` is left alone. */
function moody(random: Random): (s: Http2Stream, f: FieldList, end: boolean) => StreamHandler {
  return (stream, fields, end) => {
    if (fieldValue(fields, ":path") === "/echo") return echo(stream, fields, end);
    stream.sendHeaders(OK);
    const act = () => {
      switch (random.below(6)) {
        case 0:
          return stream.reset(random.pick([ErrorCode.CANCEL, ErrorCode.NO_ERROR]));
        case 1:
          return stream.sendTrailers([["x", "y"]]);
        case 2:
          return void stream.sendData(null, new Uint8Array(random.below(3_000)), random.oneIn(3));
      }
    };
    act();
    return {
      onData(data) {
        if (!random.oneIn(3)) stream.consume(random.below(2) * data.length);
        act();
      },
      onClose() {},
    };
  };
}

Deno.test("after 10,000 streams that ended at random moments a bulk transfer still gets its windows", async () => {
  await withSeed(chooseSeed(), async (random) => {
    await using pair = await SessionPair.open({
      onStream: moody(random),
      client: SMALL,
      server: SMALL,
    });
    await pair.client.ready;
    let left = 10_000;
    const lane = async () => {
      while (left-- > 0) {
        const call = pair.call({ body: undefined, hold: random.oneIn(2), forget: true });
        const reset = () => call.stream.reset(random.pick([ErrorCode.CANCEL, 0x99]));
        call.stream.sendData(null, new Uint8Array(random.below(3_000)), random.oneIn(4));
        switch (random.below(4)) {
          case 0:
            reset();
            break;
          case 1:
            call.whenData = reset;
            break;
          case 2:
            void call.answered.then(reset);
            break;
        }
        void pair.client.ping().then(reset);
        await call.over;
      }
    };
    await Promise.all(Array.from({ length: 30 }, lane));
    assert.equal(pair.client.activeStreams, 0);
    for (let i = 0; i < 3; i++) {
      const bulk = pair.call({ fields: requestFields("/echo"), body: new Uint8Array(1_000_000) });
      assert.equal(await bulk.over, null);
      assert.equal(bulk.received, 1_000_000);
    }
    assert.equal(pair.server.activeStreams, 0);
  });
});

Deno.test("DATA on streams that are over, reset or refused gives the connection's window back", async () => {
  await using server = new TestServer((stream, fields) => {
    if (fieldValue(fields, ":path") === "/reset") stream.reset(ErrorCode.CANCEL);
    return silent();
  }, { ...SMALL, maxConcurrentStreams: 1 });
  await using peer = await RawPeer.client(server.port);
  const chunk = new Uint8Array(10_000);
  let id = 1;
  for (; id < 41; id += 2) {
    await peer.send(headersFrame(id, requestFields("/reset")), dataFrame(id, chunk));
    await peer.reset(id);
  }
  // One that is never consumed, and is reset by the peer: what it held comes back.
  await peer.send(headersFrame(id, requestFields("/")), dataFrame(id, chunk));
  await peer.send(headersFrame(id + 2, requestFields("/")), dataFrame(id + 2, chunk));
  assert.equal(await peer.reset(id + 2), ErrorCode.REFUSED_STREAM);
  await peer.send(dataFrame(id + 2, chunk));
  await peer.send(resetFrame(id, ErrorCode.CANCEL));
  await peer.roundTrip();
  const sent = 23 * chunk.length;
  let returned = 0;
  for (const { type, streamId, payload } of peer.unread) {
    if (type === FrameType.WINDOW_UPDATE && streamId === 0) returned += getUint31(payload, 0);
  }
  assert.ok(returned <= sent);
  assert.ok(sent - returned < WINDOW / 16, `${sent - returned} octets are missing`);
});

Deno.test("consuming more than there was does not open the windows further", async () => {
  await using server = new TestServer((stream) => ({
    onData: (data) => {
      stream.consume(data.length * 1000);
      stream.consume(1_000_000);
    },
    onClose() {},
  }), SMALL);
  await using peer = await RawPeer.client(server.port);
  await peer.send(headersFrame(1, requestFields("/")), dataFrame(1, new Uint8Array(10_000)));
  await peer.roundTrip();
  const updates = peer.unread.filter((frame) => frame.type === FrameType.WINDOW_UPDATE);
  for (const { payload } of updates) assert.ok(getUint31(payload, 0) <= 10_000);
});

Deno.test("a client may send into windows smaller than the default before it knows of them", async () => {
  // RFC 9113 §6.9.2: until our SETTINGS are acknowledged, the window of a stream is 65,535.
  await using pair = await SessionPair.open({ onStream: echo, server: { streamWindow: 1_000 } });
  const call = pair.call({ body: new Uint8Array(60_000) });
  assert.equal(await call.over, null);
  assert.equal(call.received, 60_000);
  const later = pair.call({ body: new Uint8Array(60_000) });
  assert.equal(await later.over, null);
});
