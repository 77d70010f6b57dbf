// No peer keeps a connection waiting for ever.
import assert from "node:assert/strict";
import { connectHttp2 } from "./client.ts";
import { ErrorCode } from "./errors.ts";
import { FrameType } from "./frames.ts";
import { serveHttp2 } from "./server.ts";
import { answerAtEnd, echo, silent, source } from "./testing/answers.ts";
import { Call, requestFields } from "./testing/call.ts";
import {
  clientHello,
  frame,
  headersFrame,
  literalBlock,
  SETTINGS_ACK,
} from "./testing/frame_bytes.ts";
import { GatedConn, turn } from "./testing/gated_conn.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { connectTcp, tcpPair } from "./testing/tcp_pair.ts";
import { TestServer } from "./testing/test_server.ts";

const FAST = { settingsTimeoutMs: 150 };

for (
  const [what, bytes] of [
    ["nothing", new Uint8Array(0)],
    ["half a preface", clientHello().subarray(0, 10)],
    ["a preface without SETTINGS", clientHello().subarray(0, 24)],
    ["SETTINGS without acknowledging ours", clientHello()],
  ] as const
) {
  Deno.test(`a client that sends ${what} is given up: SETTINGS_TIMEOUT`, async () => {
    await using server = new TestServer(silent, FAST);
    await using peer = new RawPeer(await connectTcp(server.port));
    await peer.send(bytes);
    assert.equal((await peer.goaway()).code, ErrorCode.SETTINGS_TIMEOUT);
    peer.close();
    assert.equal((await server.sessions[0].closed)?.code, ErrorCode.SETTINGS_TIMEOUT);
  });
}

Deno.test("a server that never sends SETTINGS is given up, and ready rejects", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near, FAST);
  await assert.rejects(client.ready, { code: ErrorCode.SETTINGS_TIMEOUT });
  far.close();
  await client.closed;
});

Deno.test("a header block that is begun and not finished is given up", async () => {
  await using server = new TestServer(answerAtEnd, FAST);
  await using peer = await RawPeer.client(server.port);
  await peer.send(frame(FrameType.HEADERS, 0, 1, literalBlock(requestFields("/"))));
  assert.equal((await peer.goaway()).code, ErrorCode.SETTINGS_TIMEOUT);
});

Deno.test("a peer in good order outlives the deadline by far", async () => {
  await using server = new TestServer(answerAtEnd, FAST);
  await using peer = await RawPeer.client(server.port);
  await using late = new RawPeer(await connectTcp(server.port));
  await late.goaway();
  await peer.send(headersFrame(1, requestFields("/"), true));
  await peer.next(FrameType.HEADERS, 1);
});

Deno.test("header blocks that are always under way, a new one each time, are no reason to give up", async () => {
  await using server = new TestServer(answerAtEnd, FAST);
  await using peer = await RawPeer.client(server.port);
  const block = literalBlock(requestFields("/"));
  // Whenever the server looks, a block is unfinished; but each ends soon after it began.
  const begin = (id: number) => frame(FrameType.HEADERS, 1, id, block.subarray(0, 5));
  const finish = (id: number) => frame(FrameType.CONTINUATION, 4, id, block.subarray(5));
  await using late = new RawPeer(await connectTcp(server.port));
  await peer.send(begin(1));
  let over = false;
  const lost = late.goaway().then(() => over = true);
  let id = 1;
  for (; !over; id += 2) {
    await peer.send(finish(id), begin(id + 2));
    await peer.next(FrameType.HEADERS, id);
  }
  await lost;
  await peer.send(finish(id));
  await peer.next(FrameType.HEADERS, id);
});

/** Sessions without a socket do not keep the event loop alive. */
async function keepAlive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1_000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

Deno.test("a peer that takes no octet while something waits to be written is given up", async () => {
  const conn = new GatedConn();
  conn.open = true;
  const client = connectHttp2(conn, { writeStallMs: 40 });
  const never = connectHttp2(new GatedConn(), { writeStallMs: 40 });
  await turn();
  conn.open = false;
  void client.ping().catch(() => {});
  for (const session of [client, never]) {
    assert.match((await keepAlive(session.closed))!.message, /took no byte/);
  }
});

Deno.test("a peer that takes an octet now and then is not given up", async () => {
  const conn = new GatedConn();
  const client = connectHttp2(conn, { writeStallMs: 250 });
  const other = connectHttp2(new GatedConn(), { writeStallMs: 250 });
  const stalled = new Call(other);
  for (let i = 0; i < 100; i++) void client.ping().catch(() => {});
  let over = false;
  void stalled.over.then(() => over = true);
  while (!over) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await conn.take(1);
  }
  assert.equal(client.accepting, true);
  client.close();
  conn.close();
  await keepAlive(client.closed);
  await keepAlive(other.closed);
});

Deno.test("a client that opens its windows and never reads is given up, and its streams end", async () => {
  const [near, far] = await tcpPair();
  let closed = 0;
  const server = serveHttp2(near, (stream, fields) => {
    const handler = source(stream, fields);
    const onClose = handler.onClose;
    handler.onClose = (error) => {
      closed++;
      onClose(error);
    };
    return handler;
  }, { writeStallMs: 100 });
  const peer = new RawPeer(far, { reading: false });
  await peer.send(clientHello([4, 0x7fffffff]), SETTINGS_ACK);
  await peer.send(frame(FrameType.WINDOW_UPDATE, 0, 0, Uint8Array.of(0x70, 0, 0, 0)));
  for (const id of [1, 3, 5]) await peer.send(headersFrame(id, requestFields("/1000000000"), true));
  assert.match((await server.closed)!.message, /took no byte/);
  assert.equal(closed, 3);
  peer.close();
});

Deno.test("a drain whose peer answers nothing ends with its signal", async () => {
  await using server = new TestServer(echo);
  await using peer = new RawPeer(await connectTcp(server.port));
  await peer.send(clientHello());
  await peer.next(FrameType.SETTINGS);
  await server.sessions[0].drain({ signal: AbortSignal.timeout(20) });
});
