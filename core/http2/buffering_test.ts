// Peers that make this end hold data for them: CVE-2019-9511, CVE-2019-9517, and clients that never read.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { FrameType } from "./frames.ts";
import { STREAM_HIGH_WATER } from "./limits.ts";
import { silent, source } from "./testing/answers.ts";
import { floodUntilGoaway, repeat, testAttack } from "./testing/attack.ts";
import { requestFields } from "./testing/call.ts";
import {
  clientHello,
  headersFrame,
  join,
  literalBlock,
  resetFrame,
  SETTINGS_ACK,
  windowUpdateFrame,
} from "./testing/frame_bytes.ts";
import { growthSince, memoryInUse } from "./testing/memory.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { connectTcp } from "./testing/tcp_pair.ts";

const BULK = literalBlock(requestFields("/1000000000"));
const WIDE_OPEN = 0x7fffffff;

testAttack("data dribble, CVE-2019-9511: a large answer taken octet by octet", async (server) => {
  await using peer = await RawPeer.client(server.port, [[4, 0]]);
  peer.forgotten.add(FrameType.DATA);
  for (let id = 1; id < 40; id += 2) await peer.send(headersFrame(id, BULK, true));
  const sip = join(
    ...Array.from({ length: 20 }, (_, i) => windowUpdateFrame(2 * i + 1, 1)),
  );
  for (let i = 0; i < 500; i++) {
    await peer.send(sip);
    if (i % 10 === 0) await peer.roundTrip();
  }
  await peer.roundTrip();
  // Each octet asked for was sent, and each stream holds no more than it may.
  assert.equal(peer.dataOctets, 500 * 20);
  const { activeStreams } = server.sessions[1];
  assert.equal(activeStreams, 20);
}, { onStream: source });

testAttack(
  "data dribble, CVE-2019-9511: more sips than there is data are a flood",
  async (server) => {
    const peer = await RawPeer.client(server.port, [[4, 0]]);
    await peer.send(headersFrame(1, requestFields("/100"), true));
    const sips = repeat(windowUpdateFrame(1, 1), 100);
    await floodUntilGoaway(peer, sips, 400, ErrorCode.ENHANCE_YOUR_CALM);
  },
  { onStream: source },
);

testAttack(
  "internal data buffering, CVE-2019-9517: windows wide open, socket never read",
  async (server) => {
    const peer = new RawPeer(await connectTcp(server.port), { reading: false });
    await peer.send(clientHello([4, WIDE_OPEN]), SETTINGS_ACK);
    await peer.send(windowUpdateFrame(0, WIDE_OPEN - 65_535));
    for (let id = 1; id < 400; id += 2) await peer.send(headersFrame(id, BULK, true));
    // The write is stuck from some moment on; then the connection is given up.
    assert.match((await server.sessions[1].closed)!.message, /took no byte/);
    peer.close();
  },
  {
    onStream: (stream, fields) => {
      const handler = source(stream, fields);
      assert.ok(stream.bufferedBytes <= STREAM_HIGH_WATER + 65_536);
      return handler;
    },
    server: { writeStallMs: 300 },
  },
);

/** 200 requests, the same octets each but for the stream's identifier. */
function twoHundred(i: number, block: Uint8Array): Uint8Array {
  return join(
    ...Array.from({ length: 200 }, (_, j) => headersFrame(2 * (200 * i + j) + 1, block, true)),
  );
}

testAttack("answers of header sections alone, never read, do not pile up", async (server) => {
  const block = literalBlock(requestFields("/"));
  const peer = new RawPeer(await connectTcp(server.port), { reading: false });
  await peer.send(clientHello(), SETTINGS_ACK);
  // The server stops to read, so this waits before long; then the server gives the connection up.
  const flooding = peer.flood((i) => twoHundred(i, block), 20_000);
  assert.match((await server.sessions[1].closed)!.message, /took no byte/);
  // Deno 2.6 keeps a socket open until its last write has ended.
  peer.startReading();
  assert.ok(await flooding < 20_000);
  peer.close();
  await peer.ended;
}, {
  onStream(stream) {
    stream.sendHeaders([[":status", "404"], ["reason", "x".repeat(4_000) + stream.id]], true);
    return silent();
  },
  server: { writeStallMs: 1_500 },
  growth: 48 << 20,
});

testAttack(
  "streams that wait for a window that never comes are forgotten when they are reset",
  async (server) => {
    // The whole window of the connection is used up; from then on every answer waits.
    await using peer = await RawPeer.client(server.port);
    peer.forgotten.add(FrameType.DATA).add(FrameType.HEADERS);
    const block = literalBlock(requestFields("/100000"));
    await peer.send(headersFrame(1, block, true));
    await peer.roundTrip();
    assert.equal(peer.dataOctets, 65_535);
    const BOUND = 32 << 20;
    const before = memoryInUse();
    let id = 3;
    for (let i = 0; i < 300; i++) {
      // Answered with a header section each, so that these resets are the client's good right.
      const wave = Array.from({ length: 200 }, () => {
        const bytes = join(headersFrame(id, block, true), resetFrame(id, ErrorCode.CANCEL));
        id += 2;
        return bytes;
      });
      await peer.send(...wave);
      await peer.roundTrip();
    }
    assert.equal(server.sessions[1].activeStreams, 1);
    const growth = growthSince(before, BOUND);
    assert.ok(growth < BOUND, `${growth >>> 10} KiB for 60,000 streams`);
  },
  { onStream: source },
);
