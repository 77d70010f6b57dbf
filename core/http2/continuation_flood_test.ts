// CVE-2024-27316: a header block that never ends.
import assert from "node:assert/strict";
import { connectHttp2 } from "./client.ts";
import { ErrorCode, Http2Error } from "./errors.ts";
import { FrameType } from "./frames.ts";
import { floodUntilGoaway, testAttack } from "./testing/attack.ts";
import { Call, requestFields } from "./testing/call.ts";
import { frame, literalBlock, pingFrame } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { tcpPair } from "./testing/tcp_pair.ts";

const REQUEST = literalBlock(requestFields("/"));
const BEGIN = frame(FrameType.HEADERS, 0, 1, REQUEST);

for (const size of [0, 1, 1_000, 16_384]) {
  testAttack(`CONTINUATION flood, CVE-2024-27316, ${size} octets each`, async (server) => {
    const peer = await RawPeer.client(server.port);
    await peer.send(BEGIN);
    const more = frame(
      FrameType.CONTINUATION,
      0,
      1,
      literalBlock([["x", "y".repeat(size)]]).subarray(0, size),
    );
    await floodUntilGoaway(peer, more, 2_000, ErrorCode.ENHANCE_YOUR_CALM);
  }, { growth: 32 << 20 });

  Deno.test(`CONTINUATION flood against a client, ${size} octets each`, async () => {
    const [near, far] = await tcpPair();
    const client = connectHttp2(near);
    const call = new Call(client);
    const peer = await RawPeer.server(far);
    await peer.send(BEGIN);
    const more = frame(FrameType.CONTINUATION, 0, 1, new Uint8Array(size));
    await floodUntilGoaway(peer, more, 2_000, ErrorCode.ENHANCE_YOUR_CALM);
    assert.ok(await call.over instanceof Http2Error);
    await client.closed;
  });
}

testAttack("a header block interrupted by anything else ends the connection", async (server) => {
  const others = [
    pingFrame(),
    frame(FrameType.DATA, 0, 1, new Uint8Array(1)),
    frame(FrameType.HEADERS, 4, 3, REQUEST),
    frame(FrameType.CONTINUATION, 4, 3, REQUEST),
    frame(0xee, 0, 1),
  ];
  for (const other of others) {
    await using peer = await RawPeer.client(server.port);
    await peer.send(BEGIN, other);
    assert.equal((await peer.goaway()).code, ErrorCode.PROTOCOL_ERROR);
  }
});
