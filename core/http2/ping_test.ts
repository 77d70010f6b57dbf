import assert from "node:assert/strict";
import { connectHttp2 } from "./client.ts";
import { Http2Error } from "./errors.ts";
import { Flag, FrameType } from "./frames.ts";
import { echo } from "./testing/answers.ts";
import { pingFrame } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { tcpPair } from "./testing/tcp_pair.ts";

Deno.test("ping resolves to the round trip, from either end, many at once", async () => {
  await using pair = await SessionPair.open({ onStream: echo });
  await pair.client.ready;
  for (const end of [pair.client, pair.server]) {
    const trips = await Promise.all(Array.from({ length: 100 }, () => end.ping()));
    for (const ms of trips) assert.ok(ms >= 0 && ms < 10_000);
  }
});

Deno.test("a ping is answered with its own eight octets", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  await using peer = await RawPeer.server(far);
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255);
  await peer.send(pingFrame(data));
  const { flags, payload } = await peer.next(FrameType.PING);
  assert.equal(flags, Flag.ACK);
  assert.deepEqual(payload, data);
  client.close();
  await client.closed;
});

Deno.test("a ping that is not answered ends with its signal, or with the connection", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  await using peer = await RawPeer.server(far);
  const controller = new AbortController();
  const aborted = client.ping({ signal: controller.signal });
  const waiting = client.ping();
  const reason = new Error("no patience");
  controller.abort(reason);
  await assert.rejects(aborted, reason);
  peer.close();
  await assert.rejects(waiting, Http2Error);
  await client.closed;
});

Deno.test("answers nobody asked for are passed over", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  await using peer = await RawPeer.server(far);
  await peer.send(pingFrame(new Uint8Array(8).fill(0xff), Flag.ACK));
  await peer.send(pingFrame(new Uint8Array(8), Flag.ACK));
  await peer.roundTrip();
  client.close();
  await client.closed;
});
