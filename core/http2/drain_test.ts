// RFC 9113 §6.8: a connection is left without losing a call, from either end.
import assert from "node:assert/strict";
import type { Http2Stream, StreamHandler } from "./api.ts";
import { ErrorCode, Http2Error } from "./errors.ts";
import { Flag, FrameType } from "./frames.ts";
import { answerAtEnd, echo, OK } from "./testing/answers.ts";
import { type Call, requestFields } from "./testing/call.ts";
import {
  dataFrame,
  headersFrame,
  join,
  pingFrame,
  resetFrame,
  windowUpdateFrame,
} from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { TestServer } from "./testing/test_server.ts";

/** A server that answers when told to. */
function answerLater(): {
  onStream: (stream: Http2Stream) => StreamHandler;
  arrived: () => Promise<Http2Stream>;
} {
  const streams: Http2Stream[] = [];
  const waiting: ((stream: Http2Stream) => void)[] = [];
  return {
    onStream(stream): StreamHandler {
      const first = waiting.shift();
      if (first === undefined) streams.push(stream);
      else first(stream);
      return { onData: (data) => stream.consume(data.length), onClose() {} };
    },
    arrived() {
      const stream = streams.shift();
      if (stream !== undefined) return Promise.resolve(stream);
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

Deno.test("drain without streams closes both ends in order, from either end", async () => {
  for (const end of ["client", "server"] as const) {
    await using pair = await SessionPair.open({ onStream: echo });
    await pair.client.ready;
    await pair[end].drain();
    assert.equal(await pair.client.closed, null);
    assert.equal(await pair.server.closed, null);
  }
});

for (const end of ["client", "server"] as const) {
  Deno.test(`drain of the ${end} waits for calls that are open`, async () => {
    const { onStream, arrived } = answerLater();
    await using pair = await SessionPair.open({ onStream });
    const calls = [pair.call(), pair.call({ body: undefined })];
    const streams = [await arrived(), await arrived()];
    let drained = false;
    const drain = pair[end].drain().then(() => drained = true);
    await pair.client.ping().catch(() => {});
    calls[1].stream.sendData(null, new Uint8Array(100_000), true);
    for (const stream of streams) {
      assert.equal(drained, false);
      stream.sendHeaders(OK);
      stream.sendData(null, new Uint8Array(100_000), true);
    }
    for (const call of calls) {
      assert.equal(await call.over, null);
      assert.equal(call.received, 100_000);
    }
    await drain;
    assert.equal(await pair.client.closed, null);
    assert.equal(await pair.server.closed, null);
  });
}

Deno.test("a client that drains takes no more calls; those that wait for their turn are still made", async () => {
  await using pair = await SessionPair.open({
    onStream: answerAtEnd,
    server: { maxConcurrentStreams: 1 },
  });
  await pair.client.ready;
  const calls = Array.from({ length: 20 }, () => pair.call());
  const drain = pair.client.drain();
  assert.equal(pair.client.accepting, false);
  assert.throws(
    () => pair.call(),
    (error) => error instanceof Http2Error && error.unprocessed,
  );
  for (const call of calls) assert.equal(await call.over, null);
  await drain;
});

Deno.test("no call is lost while a server drains: each is answered, or said to be unprocessed and never seen", async () => {
  let handled = 0;
  await using pair = await SessionPair.open({
    onStream(stream, fields, endStream) {
      handled++;
      if (handled === 300) void pair.server.drain();
      return echo(stream, fields, endStream);
    },
  });
  await pair.client.ready;
  let answered = 0;
  let refused = 0;
  const lane = async () => {
    while (pair.client.accepting) {
      const call: Call = pair.call({ body: new Uint8Array(2_000) });
      const error = await call.over;
      if (error === null) answered++;
      else {
        assert.equal(error.unprocessed, true, String(error));
        refused++;
      }
    }
  };
  await Promise.all(Array.from({ length: 50 }, lane));
  assert.equal(answered, handled);
  assert.ok(answered >= 300);
  assert.equal(await pair.server.closed, null);
  assert.equal(await pair.client.closed, null);
  assert.ok(refused <= 50);
});

Deno.test("drain with an aborted signal closes at once; what is open ends with an error", async () => {
  for (const end of ["client", "server"] as const) {
    const { onStream, arrived } = answerLater();
    await using pair = await SessionPair.open({ onStream });
    const call = pair.call();
    await arrived();
    await pair[end].drain({ signal: AbortSignal.abort() });
    const error = await call.over;
    assert.ok(error instanceof Http2Error);
    assert.equal(error.unprocessed, false);
  }
});

Deno.test("a signal that aborts later ends a drain that waits", async () => {
  const { onStream, arrived } = answerLater();
  await using pair = await SessionPair.open({ onStream });
  const call = pair.call();
  await arrived();
  const controller = new AbortController();
  const drain = pair.server.drain({ signal: controller.signal });
  await new Promise<void>((resolve) => pair.client.onGoaway = () => resolve());
  controller.abort();
  await drain;
  assert.ok(await call.over instanceof Http2Error);
});

Deno.test("drain twice, drain after close and close after drain all end", async () => {
  await using pair = await SessionPair.open({ onStream: echo });
  await pair.client.ready;
  await Promise.all([pair.server.drain(), pair.server.drain(), pair.client.drain()]);
  await pair.server.drain();
  pair.server.close();
  await pair.client.drain();
});

Deno.test("a second drain does not cut the first one short", async () => {
  const { onStream, arrived } = answerLater();
  await using pair = await SessionPair.open({ onStream });
  await pair.client.ready;
  const drains = [pair.server.drain(), pair.server.drain()];
  // This one was on its way when the server began to drain.
  const call = pair.call();
  (await arrived()).sendHeaders(OK, true);
  assert.equal(await call.over, null);
  await Promise.all(drains);
});

Deno.test("onGoaway tells the code and the text, once", async () => {
  await using pair = await SessionPair.open({ onStream: echo });
  await pair.client.ready;
  const told: Http2Error[] = [];
  pair.client.onGoaway = (error) => told.push(error);
  pair.server.close(ErrorCode.ENHANCE_YOUR_CALM, "too_many_pings");
  await pair.client.closed;
  assert.equal(told.length, 1);
  assert.equal(told[0].code, ErrorCode.ENHANCE_YOUR_CALM);
  assert.equal(told[0].remote, true);
  assert.match(told[0].message, /too_many_pings/);
});

Deno.test("streams above the last one that GOAWAY named are passed over, with all that comes on them", async () => {
  const { onStream, arrived } = answerLater();
  await using server = new TestServer(onStream);
  await using peer = await RawPeer.client(server.port);
  await peer.send(headersFrame(1, requestFields("/"), true));
  const stream = await arrived();
  void server.sessions[0].drain();
  assert.equal((await peer.goaway()).lastStreamId, 0x7fffffff);
  const ping = await peer.next(FrameType.PING);
  // This one comes before the answer to the PING, so it is served.
  await peer.send(headersFrame(3, requestFields("/"), true), pingFrame(ping.payload, Flag.ACK));
  assert.equal((await peer.goaway()).lastStreamId, 3);
  const late = join(
    headersFrame(5, requestFields("/")),
    windowUpdateFrame(5, 1),
    dataFrame(5, new Uint8Array(1)),
    headersFrame(5, [["x", "y"]], true),
    resetFrame(5, ErrorCode.CANCEL),
    headersFrame(7, requestFields("/"), true),
  );
  await peer.send(late);
  await peer.roundTrip();
  stream.sendHeaders(OK, true);
  (await arrived()).sendHeaders(OK, true);
  for (const id of [1, 3]) await peer.next(FrameType.HEADERS, id);
  assert.equal((await peer.goaway()).code, ErrorCode.NO_ERROR);
});
