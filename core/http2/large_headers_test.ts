// RFC 9113 §4.3, §6.10: header sections larger than a frame.
import assert from "node:assert/strict";
import fc from "fast-check";
import { connectHttp2 } from "./client.ts";
import { ErrorCode } from "./errors.ts";
import type { FieldList } from "./fields.ts";
import { Flag, FrameType } from "./frames.ts";
import { HpackDecoder } from "./hpack/mod.ts";
import { answerAtEnd, echo, OK } from "./testing/answers.ts";
import { Call, requestFields } from "./testing/call.ts";
import { clientHello, headersFrame, literalBlock, splitHeaders } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { Random } from "./testing/seed.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { connectTcp, tcpPair } from "./testing/tcp_pair.ts";
import { TestServer } from "./testing/test_server.ts";

/** Fields of about `octets` that compression makes little of. */
function largeFields(octets: number): FieldList {
  const random = new Random(octets);
  const value = (length: number) =>
    Array.from({ length }, () => String.fromCharCode(33 + random.below(94))).join("");
  const count = Math.ceil(octets / 1000);
  return Array.from({ length: count }, (_, i) => [`x-${i}`, value(octets / count)] as const);
}

Deno.test("a request of nearly 16 KiB and a response of 200 KiB go through", async () => {
  const request = largeFields(14_000);
  const response = largeFields(200_000);
  let got: FieldList = [];
  await using pair = await SessionPair.open({
    onStream(stream, fields) {
      got = fields;
      stream.sendHeaders([...OK, ...response]);
      stream.sendTrailers(response);
      return { onData() {}, onClose() {} };
    },
  });
  await pair.client.ready;
  const call = pair.call({ fields: [...requestFields("/"), ...request] });
  assert.equal(await call.over, null);
  assert.deepEqual(got.slice(4), request);
  assert.deepEqual(call.headers!.slice(1), response);
  assert.deepEqual(call.trailers, response);
});

Deno.test("a peer with frames of 16 KiB gets HEADERS and CONTINUATION of that size, with nothing between", async () => {
  const response = largeFields(100_000);
  await using server = new TestServer((stream) => {
    stream.sendHeaders([...OK, ...response]);
    stream.sendTrailers(response);
    return { onData() {}, onClose() {} };
  });
  await using peer = await RawPeer.client(server.port);
  await peer.send(
    ...[1, 3].map((id) => splitHeaders(id, literalBlock(requestFields("/")), true, [5])),
  );
  await peer.roundTrip();
  const frames = peer.unread.filter((f) => [0, 1, 9].includes(f.type));
  let under: number | null = null;
  for (const { type, flags, streamId, payload } of frames) {
    assert.ok(payload.length <= 16_384);
    assert.equal(type, under === null ? FrameType.HEADERS : FrameType.CONTINUATION);
    if (under !== null) assert.equal(streamId, under);
    under = flags & Flag.END_HEADERS ? null : streamId;
  }
  assert.equal(under, null);
  assert.ok(frames.length >= 4 * 5);
});

Deno.test("a block may be cut anywhere, into up to eight CONTINUATION frames, some of them empty", async () => {
  await using server = new TestServer(answerAtEnd);
  await using peer = await RawPeer.client(server.port);
  const block = literalBlock([...requestFields("/"), ["name", "value".repeat(20)]]);
  let id = -1;
  const cuts = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, async (sizes) => {
      id += 2;
      await peer.send(splitHeaders(id, block, true, sizes));
      const { flags } = await peer.next(FrameType.HEADERS, id);
      assert.ok(flags & Flag.END_STREAM);
    }),
    { numRuns: 100 },
  );
});

Deno.test("a client takes 200 KiB in frames of 16 KiB, as nghttp2 sends them whatever we announce", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  await using peer = await RawPeer.server(far);
  const call = new Call(client);
  const fields = largeFields(200_000);
  const block = literalBlock([...OK, ...fields]);
  const sizes = Array(Math.floor(block.length / 16_384)).fill(16_384);
  await peer.send(splitHeaders(1, block, true, sizes));
  assert.equal(await call.over, null);
  assert.deepEqual(call.headers!.slice(1), fields);
  client.close();
  await client.closed;
});

Deno.test("a response header section over the client's limit ends its call and no other", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near, { maxHeaderListSize: 16_384 });
  await using peer = await RawPeer.server(far);
  const bad = new Call(client);
  const good = new Call(client);
  await peer.send(splitHeaders(1, literalBlock([...OK, ...largeFields(30_000)]), true, [16_000]));
  assert.equal((await bad.over)?.code, ErrorCode.ENHANCE_YOUR_CALM);
  assert.equal(await peer.reset(1), ErrorCode.ENHANCE_YOUR_CALM);
  await peer.send(headersFrame(3, OK, true));
  assert.equal(await good.over, null);
  client.close();
  await client.closed;
});

Deno.test("a request header section over the server's limit gets 431, and the connection goes on", async () => {
  await using server = new TestServer(answerAtEnd);
  await using peer = await RawPeer.client(server.port);
  const decoder = new HpackDecoder({ maxListSize: 1000 });
  let id = -1;
  for (const octets of [16_400, 20_000, 40_000, 64_000]) {
    const block = literalBlock([...requestFields("/"), ...largeFields(octets)]);
    for (const endStream of [true, false]) {
      id += 2;
      await peer.send(splitHeaders(id, block, endStream, Array(4).fill(16_000)));
      const { flags, payload } = await peer.next(FrameType.HEADERS, id);
      assert.ok(flags & Flag.END_STREAM);
      assert.deepEqual(decoder.decode(payload), [[":status", "431"]]);
      // RFC 9113 §8.1: the rest of the request is not wanted.
      if (!endStream) assert.equal(await peer.reset(id), ErrorCode.NO_ERROR);
    }
  }
  await peer.send(headersFrame(id + 2, requestFields("/"), true));
  assert.deepEqual(decoder.decode((await peer.next(FrameType.HEADERS, id + 2)).payload), OK);
});

Deno.test("one HEADERS frame over the limit is refused by its length, which ends the connection", async () => {
  await using server = new TestServer(answerAtEnd);
  await using peer = await RawPeer.client(server.port);
  await peer.send(headersFrame(1, [...requestFields("/"), ...largeFields(20_000)], true));
  assert.equal((await peer.goaway()).code, ErrorCode.FRAME_SIZE_ERROR);
});

Deno.test("a header section over the limit may come before the server's SETTINGS were seen", async () => {
  await using server = new TestServer(echo);
  await using peer = new RawPeer(await connectTcp(server.port));
  const block = literalBlock([...requestFields("/"), ...largeFields(30_000)]);
  await peer.send(clientHello(), splitHeaders(1, block, true, [16_000]));
  const { payload } = await peer.next(FrameType.HEADERS, 1);
  assert.ok(payload.length > 0);
  await peer.roundTrip();
});
