import assert from "node:assert/strict";
import { connectHttp2 } from "./client.ts";
import { ErrorCode } from "./errors.ts";
import { Flag, FrameType } from "./frames.ts";
import { answerOpen, echo, OK } from "./testing/answers.ts";
import { Call } from "./testing/call.ts";
import { dataFrame, headersFrame, pingFrame } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { tcpPair } from "./testing/tcp_pair.ts";

/** For peers that do not answer. */
const FAST = { intervalMs: 20, timeoutMs: 40 };

/** For peers that do, on a machine that may be busy. */
const PATIENT = { intervalMs: 20, timeoutMs: 5_000 };

/** A client with keepalive and one open call, on a server made by hand. */
async function watched(
  keepalive: { intervalMs: number; timeoutMs: number; withoutStreams?: boolean },
  calls = 1,
): Promise<{ client: ReturnType<typeof connectHttp2>; peer: RawPeer; calls: Call[] }> {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near, { keepalive });
  const open = Array.from({ length: calls }, () => new Call(client, { body: undefined }));
  return { client, peer: await RawPeer.server(far), calls: open };
}

Deno.test("a peer that answers keeps the connection, ping after ping", async () => {
  await using pair = await SessionPair.open({
    onStream: answerOpen,
    client: { keepalive: PATIENT },
  });
  const call = pair.call({ body: undefined });
  await call.answered;
  const { client, peer } = await watched(PATIENT);
  for (let i = 0; i < 3; i++) {
    const { payload } = await peer.next(FrameType.PING);
    await peer.send(pingFrame(payload, Flag.ACK));
  }
  assert.equal(client.accepting, true);
  assert.equal(pair.client.accepting, true);
  client.close();
  await client.closed;
  await peer[Symbol.asyncDispose]();
});

Deno.test("a peer that says nothing ends the connection, and every call on it", async () => {
  const { client, peer, calls } = await watched(FAST, 3);
  await using _ = peer;
  const error = await client.closed;
  assert.match(error!.message, /did not answer PING/);
  for (const call of calls) assert.ok(await call.over);
  assert.equal(peer.seen[FrameType.PING], 1);
});

Deno.test("anything that comes counts as an answer", async () => {
  const { client, peer, calls } = await watched(PATIENT);
  await using _ = peer;
  await peer.send(headersFrame(1, OK));
  for (let i = 0; i < 3; i++) {
    await peer.next(FrameType.PING);
    await peer.send(dataFrame(1, Uint8Array.of(i)));
  }
  await peer.send(dataFrame(1, Uint8Array.of(9), true));
  calls[0].stream.sendData(null, null, true);
  assert.equal(await calls[0].over, null);
  client.close();
  await client.closed;
});

Deno.test("without streams nothing is sent, unless it is asked for", async () => {
  const quiet = await watched(PATIENT, 0);
  const busy = await watched({ ...FAST, withoutStreams: true }, 0);
  const { payload } = await busy.peer.next(FrameType.PING);
  await busy.peer.send(pingFrame(payload, Flag.ACK));
  await busy.peer.next(FrameType.PING);
  assert.match((await busy.client.closed)!.message, /did not answer PING/);
  assert.equal(quiet.peer.seen[FrameType.PING], 0);
  assert.equal(quiet.client.accepting, true);
  quiet.client.close();
  await quiet.client.closed;
  for (const { peer } of [quiet, busy]) await peer[Symbol.asyncDispose]();
});

Deno.test("a server may keep watch too", async () => {
  await using pair = await SessionPair.open({ onStream: echo, server: { keepalive: PATIENT } });
  const call = pair.call({ body: undefined });
  await call.answered;
  const [near, far] = await tcpPair();
  const client = connectHttp2(near, { settingsTimeoutMs: 60 });
  // A peer that never speaks at all is found by its missing SETTINGS.
  await assert.rejects(client.ready, { code: ErrorCode.SETTINGS_TIMEOUT });
  far.close();
  await client.closed;
  call.stream.sendData(null, null, true);
  assert.equal(await call.over, null);
});
