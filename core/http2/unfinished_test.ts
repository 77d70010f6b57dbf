// Clients that begin and never finish: what they hold is bounded, and nobody else waits for them.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { Flag, FrameType } from "./frames.ts";
import { silent } from "./testing/answers.ts";
import { testAttack } from "./testing/attack.ts";
import { requestFields } from "./testing/call.ts";
import {
  clientHello,
  dataFrame,
  frame,
  headersFrame,
  literalBlock,
} from "./testing/frame_bytes.ts";
import { memoryInUse, memoryIsExact } from "./testing/memory.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { connectTcp } from "./testing/tcp_pair.ts";

const REQUEST = literalBlock(requestFields("/"));

testAttack(
  "requests that are never finished: 4,096 may be open, at a few KiB each",
  async (server) => {
    await using peer = await RawPeer.client(server.port);
    const before = memoryInUse();
    let id = 1;
    for (; id < 2 * 4_096; id += 2) await peer.send(headersFrame(id, REQUEST));
    await peer.roundTrip();
    assert.equal(server.sessions[1].activeStreams, 4_096);
    const each = (memoryInUse() - before) / 4_096;
    if (memoryIsExact) assert.ok(each < 4_096, `${each} octets a stream`);
    await peer.send(headersFrame(id, REQUEST));
    assert.equal(await peer.reset(id), ErrorCode.REFUSED_STREAM);
  },
  { onStream: silent },
);

testAttack("payload that the handler does not consume stops at the window", async (server) => {
  const window = 1 << 20;
  await using peer = await RawPeer.client(server.port);
  await peer.send(headersFrame(1, REQUEST), headersFrame(3, REQUEST));
  const chunk = new Uint8Array(16_384);
  for (let sent = 0; sent < window; sent += chunk.length) await peer.send(dataFrame(1, chunk));
  await peer.roundTrip();
  assert.equal(
    peer.unread.some((f) => f.type === FrameType.WINDOW_UPDATE && f.streamId === 1),
    false,
  );
  await peer.send(dataFrame(1, new Uint8Array(1)));
  assert.equal(await peer.reset(1), ErrorCode.FLOW_CONTROL_ERROR);
  // Stream 3 still has its window, and the connection got back what stream 1 held.
  await peer.send(dataFrame(3, chunk));
  await peer.roundTrip();
  assert.equal(peer.seen[FrameType.RST_STREAM], 1);
}, { onStream: silent, server: { streamWindow: 1 << 20 } });

testAttack(
  "many connections that stop in the middle of a frame, of a block, of a request",
  async (server) => {
    const halves = [
      clientHello(),
      frame(FrameType.HEADERS, 0, 1, REQUEST),
      headersFrame(1, REQUEST).subarray(0, 12),
      frame(FrameType.DATA, Flag.END_STREAM, 1, new Uint8Array(10), 100_000),
    ];
    const peers: RawPeer[] = [];
    for (let i = 0; i < 200; i++) {
      const peer = new RawPeer(await connectTcp(server.port));
      peers.push(peer);
      await peer.send(clientHello(), halves[i % halves.length]);
      await peer.next(FrameType.SETTINGS);
    }
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  },
  { growth: 48 << 20 },
);
