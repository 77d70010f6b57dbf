// What a client takes from a server that breaks the rules, or has none.
import assert from "node:assert/strict";
import type { Http2ClientSession } from "./api.ts";
import { connectHttp2 } from "./client.ts";
import { ErrorCode, Http2Error } from "./errors.ts";
import { FrameType } from "./frames.ts";
import { IDLE_FRAME_LIMIT } from "./limits.ts";
import { OK } from "./testing/answers.ts";
import { floodUntilGoaway, repeat } from "./testing/attack.ts";
import { Call, requestFields } from "./testing/call.ts";
import {
  dataFrame,
  frame,
  headersFrame,
  join,
  literalBlock,
  pingFrame,
  priorityFrame,
  resetFrame,
  settingsFrame,
  uint32,
  windowUpdateFrame,
} from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { tcpPair } from "./testing/tcp_pair.ts";

const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, STREAM_CLOSED } = ErrorCode;
const octets = (length: number) => new Uint8Array(length);
const REQUEST = literalBlock(requestFields("/"));

/** A client with an open call, and the server's end of its connection. */
async function meet(): Promise<{ client: Http2ClientSession; call: Call; peer: RawPeer }> {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  const call = new Call(client, { body: undefined });
  return { client, call, peer: await RawPeer.server(far) };
}

const SERVER_ERRORS: Record<string, [number, ...Uint8Array[]]> = {
  "PUSH_PROMISE": [PROTOCOL_ERROR, frame(FrameType.PUSH_PROMISE, 4, 1, join(uint32(2), REQUEST))],
  "a response on an idle stream": [PROTOCOL_ERROR, headersFrame(9, OK)],
  "a response on an even stream": [PROTOCOL_ERROR, headersFrame(2, OK)],
  "DATA on an idle stream": [PROTOCOL_ERROR, dataFrame(9, octets(1))],
  "ENABLE_PUSH of 1": [PROTOCOL_ERROR, settingsFrame([2, 1])],
  "PING of 3 octets": [FRAME_SIZE_ERROR, frame(FrameType.PING, 0, 0, octets(3))],
  "CONTINUATION without HEADERS": [PROTOCOL_ERROR, frame(FrameType.CONTINUATION, 4, 1, REQUEST)],
  "WINDOW_UPDATE of 0": [PROTOCOL_ERROR, windowUpdateFrame(0, 0)],
  "DATA on a stream that has ended": [
    STREAM_CLOSED,
    headersFrame(1, OK, true),
    dataFrame(1, octets(1)),
  ],
};

for (const [what, [code, ...frames]] of Object.entries(SERVER_ERRORS)) {
  Deno.test(`${what} from a server ends the connection, and its calls with it`, async () => {
    const [near, far] = await tcpPair();
    const client = connectHttp2(near);
    const calls = [new Call(client), new Call(client)];
    await using peer = await RawPeer.server(far);
    await peer.send(...frames);
    assert.equal((await peer.goaway()).code, code);
    const error = await calls[1].over;
    assert.ok(error instanceof Http2Error);
    assert.equal(error.unprocessed, false);
    peer.close();
    assert.equal((await client.closed)?.code, code);
  });
}

const FLOODS: Record<string, Uint8Array> = {
  "PING": pingFrame(),
  "SETTINGS": settingsFrame([4, 5]),
  "PRIORITY": priorityFrame(1, 3),
  "WINDOW_UPDATE": windowUpdateFrame(0, 1),
  "empty DATA": dataFrame(1, octets(0)),
  "informational responses": headersFrame(3, [[":status", "103"]]),
  "unknown frames": frame(0xbb, 0, 0),
  "resets of a stream that is over": resetFrame(1, 8),
};

for (const [what, bytes] of Object.entries(FLOODS)) {
  Deno.test(`a flood of ${what} from a server ends the connection`, async () => {
    const { client, call, peer } = await meet();
    const other = new Call(client, { body: undefined });
    await peer.send(headersFrame(1, OK));
    const writes = 4 * IDLE_FRAME_LIMIT.burst / 100;
    await floodUntilGoaway(peer, repeat(bytes, 100), writes, ErrorCode.ENHANCE_YOUR_CALM);
    for (const { over } of [call, other]) assert.ok(await over instanceof Http2Error);
    assert.equal((await client.closed)?.code, ErrorCode.ENHANCE_YOUR_CALM);
  });
}

Deno.test("a server that answers in HTTP/1.1 ends the connection with a plain error", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  const call = new Call(client);
  await using peer = new RawPeer(far);
  await peer.send(
    new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
  );
  const error = await call.over;
  assert.ok(error instanceof Http2Error);
  await assert.rejects(client.ready, Http2Error);
  peer.close();
  await client.closed;
});

Deno.test("a server whose first frame is not SETTINGS ends the connection", async () => {
  for (const bytes of [pingFrame(), headersFrame(1, OK, true), windowUpdateFrame(0, 1)]) {
    const [near, far] = await tcpPair();
    const client = connectHttp2(near);
    const call = new Call(client);
    await using peer = new RawPeer(far);
    await peer.send(bytes);
    assert.equal((await call.over)?.code, PROTOCOL_ERROR);
    peer.close();
    await client.closed;
  }
});

Deno.test("a server that resets every stream ends calls, not the connection", async () => {
  const { client, call, peer } = await meet();
  await using _ = peer;
  await peer.send(resetFrame(1, ErrorCode.INTERNAL_ERROR));
  assert.equal((await call.over)?.code, ErrorCode.INTERNAL_ERROR);
  for (let i = 1; i < 3_000; i++) {
    const next = new Call(client);
    await peer.send(resetFrame(next.stream.id, ErrorCode.CANCEL));
    assert.equal((await next.over)?.code, ErrorCode.CANCEL);
  }
  client.close();
  await client.closed;
});
