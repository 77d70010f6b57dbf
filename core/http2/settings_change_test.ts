// SETTINGS that change in the middle (RFC 9113 §6.5, §6.9.2): each new value holds from its acknowledgement on.
import assert from "node:assert/strict";
import { connectHttp2 } from "./client.ts";
import { ErrorCode } from "./errors.ts";
import { Flag, FrameType } from "./frames.ts";
import { HpackDecoder } from "./hpack/mod.ts";
import { answerAtEnd, echo, OK, source } from "./testing/answers.ts";
import { Call, requestFields } from "./testing/call.ts";
import { headersFrame, settingsFrame, windowUpdateFrame } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { tcpPair } from "./testing/tcp_pair.ts";
import { TestServer } from "./testing/test_server.ts";
import { SettingId } from "./settings.ts";

const { HEADER_TABLE_SIZE, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE } =
  SettingId;
const GET_BULK = headersFrame(1, requestFields("/1000000"), true);

/** Waits until DATA has brought exactly so much, and no more than that. */
async function dataUpTo(peer: RawPeer, octets: number): Promise<void> {
  while (peer.dataOctets < octets) await peer.next(FrameType.DATA);
  await peer.roundTrip();
  assert.equal(peer.dataOctets, octets);
}

Deno.test("a window made larger lets open streams send as much more", async () => {
  await using server = new TestServer(source);
  await using peer = await RawPeer.client(server.port, [[INITIAL_WINDOW_SIZE, 1_000]]);
  await peer.send(GET_BULK);
  await dataUpTo(peer, 1_000);
  await peer.send(settingsFrame([INITIAL_WINDOW_SIZE, 5_000]));
  await dataUpTo(peer, 5_000);
  await peer.send(settingsFrame([INITIAL_WINDOW_SIZE, 6_000], [INITIAL_WINDOW_SIZE, 20_000]));
  await dataUpTo(peer, 20_000);
});

Deno.test("a window made smaller becomes negative, and has to be filled before anything goes", async () => {
  await using server = new TestServer(source);
  await using peer = await RawPeer.client(server.port, [[INITIAL_WINDOW_SIZE, 10_000]]);
  await peer.send(GET_BULK);
  await dataUpTo(peer, 10_000);
  await peer.send(settingsFrame([INITIAL_WINDOW_SIZE, 100])); // -9,900
  await peer.send(windowUpdateFrame(1, 9_900));
  await dataUpTo(peer, 10_000);
  await peer.send(windowUpdateFrame(1, 1));
  await dataUpTo(peer, 10_001);
  await peer.send(settingsFrame([INITIAL_WINDOW_SIZE, 0]), windowUpdateFrame(1, 150));
  await dataUpTo(peer, 10_051);
  await peer.send(headersFrame(3, requestFields("/10"), true));
  await dataUpTo(peer, 10_051);
  await peer.send(settingsFrame([INITIAL_WINDOW_SIZE, 10]));
  await dataUpTo(peer, 10_071);
});

Deno.test("a window of the connection is not moved by SETTINGS", async () => {
  await using server = new TestServer(source);
  await using peer = await RawPeer.client(server.port, [[INITIAL_WINDOW_SIZE, 1_000_000]]);
  await peer.send(GET_BULK);
  await dataUpTo(peer, 65_535);
  await peer.send(settingsFrame([INITIAL_WINDOW_SIZE, 2_000_000]));
  await dataUpTo(peer, 65_535);
  await peer.send(windowUpdateFrame(0, 934_465));
  await dataUpTo(peer, 1_000_000);
});

Deno.test("a window that SETTINGS make larger than 2^31-1 ends the connection", async () => {
  await using server = new TestServer(source);
  await using peer = await RawPeer.client(server.port);
  await peer.send(headersFrame(1, requestFields("/0")), windowUpdateFrame(1, 0x7fffffff - 65_535));
  await peer.roundTrip();
  await peer.send(settingsFrame([INITIAL_WINDOW_SIZE, 65_536]));
  assert.equal((await peer.goaway()).code, ErrorCode.FLOW_CONTROL_ERROR);
});

Deno.test("frames are no larger than the peer takes, and as large as it pays once it takes more", async () => {
  await using server = new TestServer(source);
  await using peer = await RawPeer.client(server.port, [[INITIAL_WINDOW_SIZE, 16_000_000]]);
  await peer.send(windowUpdateFrame(0, 16_000_000));
  const largest = async (id: number) => {
    await peer.send(headersFrame(id, requestFields("/1000000"), true));
    for (let largest = 0;;) {
      const { payload, flags } = await peer.next(FrameType.DATA, id);
      largest = Math.max(largest, payload.length);
      if (flags & Flag.END_STREAM) return largest;
    }
  };
  assert.ok(await largest(1) <= 16_384);
  await peer.send(settingsFrame([MAX_FRAME_SIZE, 4 << 20]));
  const large = await largest(3);
  assert.ok(large > 16_384 && large <= 4 << 20, `${large}`);
  await peer.send(settingsFrame([MAX_FRAME_SIZE, 16_384]));
  assert.ok(await largest(5) <= 16_384);
});

Deno.test("our two ends agree on frames of 4 MiB", async () => {
  await using pair = await SessionPair.open({
    onStream: echo,
    client: { maxFrameSize: 4 << 20 },
    server: { maxFrameSize: 4 << 20 },
  });
  const call = pair.call({ body: new Uint8Array(9_000_000).fill(3) });
  assert.equal(await call.over, null);
  assert.equal(call.received, 9_000_000);
});

Deno.test("header tables of 0, of a few octets and of 2^32-1 are kept to, also when they change", async () => {
  await using server = new TestServer((stream, fields) => {
    stream.sendHeaders([...OK, ["x-path", fields[2][1]], ["x-always", "the same thing"]], true);
    return { onData() {}, onClose() {} };
  });
  await using peer = await RawPeer.client(server.port);
  const decoder = new HpackDecoder({ maxListSize: 10_000 });
  let id = 1;
  for (const size of [4096, 0, 100, 0xffffffff, 4096, 1, 0, 50]) {
    // A decoder that allows this much from now on: what is still on its way is all read.
    await peer.send(settingsFrame([HEADER_TABLE_SIZE, size]));
    await peer.roundTrip();
    decoder.setMaxTableSize(size);
    for (let i = 0; i < 20; i++, id += 2) {
      await peer.send(headersFrame(id, requestFields(`/${i % 7}`), true));
      const { payload } = await peer.next(FrameType.HEADERS, id);
      const expected = [...OK, ["x-path", `/${i % 7}`], ["x-always", "the same thing"]];
      assert.deepEqual(decoder.decode(payload), expected);
    }
  }
});

Deno.test("unknown settings and 0xFE03 are acknowledged; 0xFE03 stands in peerSettings", async () => {
  await using server = new TestServer(answerAtEnd);
  await using peer = await RawPeer.client(server.port, [[0xfe03, 1], [0x1234, 77], [0, 0]]);
  await peer.next(FrameType.SETTINGS); // the acknowledgement
  assert.equal(server.sessions[0].peerSettings.grpcTrueBinaryMetadata, true);
  await peer.send(settingsFrame([0xfe03, 0]));
  await peer.roundTrip();
  assert.equal(server.sessions[0].peerSettings.grpcTrueBinaryMetadata, false);
});

Deno.test("0xFE03 is announced where it is asked for, and then any octets go in -bin fields", async () => {
  const value = String.fromCharCode(...Array(256).keys());
  let got: string | undefined;
  await using pair = await SessionPair.open({
    onStream(stream, fields) {
      got = fields.at(-1)![1];
      stream.sendHeaders([...OK, ["y-bin", got]], true);
      return { onData() {}, onClose() {} };
    },
    client: { grpcTrueBinaryMetadata: true },
  });
  await pair.client.ready;
  const call = pair.call({ fields: [...requestFields("/"), ["x-bin", value]] });
  assert.equal(await call.over, null);
  assert.equal(got, value);
  assert.equal(call.headers!.at(-1)![1], value);
  assert.equal(pair.server.peerSettings.grpcTrueBinaryMetadata, true);
  assert.equal(pair.client.peerSettings.grpcTrueBinaryMetadata, false);
});

Deno.test("MAX_CONCURRENT_STREAMS may fall to 0 and rise again: the client's calls wait meanwhile", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  await using peer = await RawPeer.server(far, [[MAX_CONCURRENT_STREAMS, 0]]);
  await client.ready;
  const calls = [new Call(client), new Call(client), new Call(client)];
  await peer.roundTrip();
  assert.equal(peer.seen[FrameType.HEADERS], 0);
  assert.equal(client.activeStreams, 3);
  await peer.send(settingsFrame([MAX_CONCURRENT_STREAMS, 2]));
  await peer.roundTrip();
  assert.equal(peer.seen[FrameType.HEADERS], 2);
  await peer.send(settingsFrame([MAX_CONCURRENT_STREAMS, 0]), headersFrame(1, OK, true));
  assert.equal(await calls[0].over, null);
  await peer.send(headersFrame(3, OK, true));
  assert.equal(await calls[1].over, null);
  await peer.roundTrip();
  assert.equal(peer.seen[FrameType.HEADERS], 2);
  await peer.send(settingsFrame([MAX_CONCURRENT_STREAMS, 1]), headersFrame(5, OK, true));
  assert.equal(await calls[2].over, null);
  client.close();
  await client.closed;
});
