// RFC 9113 §5.1.2: how many streams there may be, and what becomes of those above.
import assert from "node:assert/strict";
import { connectHttp2 } from "./client.ts";
import { ErrorCode, Http2Error } from "./errors.ts";
import { FrameType } from "./frames.ts";
import { answerAtEnd, answerOpen, OK, silent } from "./testing/answers.ts";
import { Call, requestFields } from "./testing/call.ts";
import { dataFrame, headersFrame, resetFrame } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { tcpPair } from "./testing/tcp_pair.ts";
import { TestServer } from "./testing/test_server.ts";

Deno.test("a client never has more streams open than the server allows, and loses none", async () => {
  let open = 0;
  let most = 0;
  await using pair = await SessionPair.open({
    onStream(stream) {
      most = Math.max(most, ++open);
      queueMicrotask(() => {
        open--;
        stream.sendHeaders(OK, true);
      });
      return { onData() {}, onClose() {} };
    },
    server: { maxConcurrentStreams: 7 },
  });
  await pair.client.ready;
  const calls = Array.from({ length: 500 }, () => pair.call());
  assert.equal(pair.client.activeStreams, 500);
  for (const call of calls) assert.equal(await call.over, null);
  assert.ok(most <= 7, `${most}`);
  assert.equal(pair.client.activeStreams, 0);
});

Deno.test("streams open in the order they were asked for", async () => {
  const paths: string[] = [];
  await using pair = await SessionPair.open({
    onStream(stream, fields) {
      paths.push(fields[2][1]);
      stream.sendHeaders(OK, true);
      return { onData() {}, onClose() {} };
    },
    server: { maxConcurrentStreams: 2 },
  });
  await pair.client.ready;
  const calls = Array.from({ length: 50 }, (_, i) => pair.call({ fields: requestFields(`/${i}`) }));
  for (const call of calls) await call.over;
  assert.deepEqual(paths, Array.from({ length: 50 }, (_, i) => `/${i}`));
});

Deno.test("a client opens 100 streams at most before it has the server's SETTINGS", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  const calls = Array.from({ length: 150 }, () => new Call(client));
  assert.equal(calls.filter((call) => call.stream.id > 0).length, 100);
  await using peer = await RawPeer.server(far);
  await client.ready;
  assert.equal(calls.filter((call) => call.stream.id > 0).length, 150);
  await peer.roundTrip();
  client.close();
  await client.closed;
  for (const call of calls) assert.ok(await call.over instanceof Http2Error);
});

Deno.test("a call given up while it waits never goes out, and says that it was not processed", async () => {
  await using pair = await SessionPair.open({
    onStream: answerOpen,
    server: { maxConcurrentStreams: 1 },
  });
  await pair.client.ready;
  const first = pair.call({ body: undefined });
  const waiting = Array.from({ length: 1_000 }, () => pair.call());
  for (const call of waiting) {
    call.stream.reset(ErrorCode.CANCEL);
    const error = await call.over;
    assert.equal(error?.code, ErrorCode.CANCEL);
    assert.equal(error?.unprocessed, true);
  }
  assert.equal(pair.client.activeStreams, 1);
  first.stream.reset(ErrorCode.CANCEL);
  await pair.client.ping();
  assert.equal(pair.serverStreams.length, 1);
});

Deno.test("streams above the limit are refused as not processed, and the connection goes on", async () => {
  await using server = new TestServer(silent, { maxConcurrentStreams: 3 });
  await using peer = await RawPeer.client(server.port);
  for (const id of [1, 3, 5, 7, 9]) await peer.send(headersFrame(id, requestFields("/")));
  assert.equal(await peer.reset(7), ErrorCode.REFUSED_STREAM);
  assert.equal(await peer.reset(9), ErrorCode.REFUSED_STREAM);
  // What follows on a refused stream, on its way before the peer knew, does no harm: DATA, trailers, reset.
  await peer.send(dataFrame(7, new Uint8Array(100)), headersFrame(7, [["x", "y"]], true));
  await peer.send(resetFrame(9, ErrorCode.CANCEL));
  await peer.send(resetFrame(1, ErrorCode.CANCEL), headersFrame(11, requestFields("/")));
  await peer.roundTrip();
  assert.equal(server.sessions[0].activeStreams, 3);
  assert.equal(peer.seen[FrameType.RST_STREAM], 2);
});

Deno.test("REFUSED_STREAM tells a client that its request was not processed; other codes do not", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  await using peer = await RawPeer.server(far);
  for (const code of [ErrorCode.REFUSED_STREAM, ErrorCode.CANCEL, ErrorCode.NO_ERROR, 0xabcdef]) {
    const call = new Call(client);
    const { streamId } = await peer.next(FrameType.HEADERS);
    await peer.send(resetFrame(streamId, code));
    const error = await call.over;
    assert.equal(error?.code, code);
    assert.equal(error?.remote, true);
    assert.equal(error?.scope, "stream");
    assert.equal(error?.unprocessed, code === ErrorCode.REFUSED_STREAM);
  }
  client.close();
  await client.closed;
});

Deno.test("4,096 streams at once work", async () => {
  await using pair = await SessionPair.open({ onStream: answerAtEnd });
  await pair.client.ready;
  const calls = Array.from({ length: 4_096 }, () => pair.call({ body: undefined }));
  await pair.client.ping();
  assert.equal(pair.server.activeStreams, 4_096);
  for (const call of calls) call.stream.sendData(null, Uint8Array.of(1), true);
  for (const call of calls) assert.equal(await call.over, null);
});

Deno.test("the end of an empty request that waited for its turn needs no window", async () => {
  await using pair = await SessionPair.open({
    onStream: (stream, _fields, end) =>
      stream.id === 1 ? silent() : answerAtEnd(stream, _fields, end),
    server: { maxConcurrentStreams: 2, streamWindow: 65_535, connectionWindow: 65_535 },
  });
  await pair.client.ready;
  // This one takes the whole window of the connection, and nobody reads it.
  const bulk = pair.call({ body: undefined });
  bulk.stream.sendData(null, new Uint8Array(200_000), false);
  const second = pair.call({ body: undefined });
  const third = pair.call({ body: undefined });
  third.stream.sendData(null, null, true);
  const fourth = pair.call({ body: undefined });
  fourth.stream.sendTrailers([["x", "y"]]);
  second.stream.sendData(null, null, true);
  assert.equal(await second.over, null);
  assert.equal(await third.over, null);
  assert.equal(await fourth.over, null);
  bulk.stream.reset(ErrorCode.CANCEL);
});
