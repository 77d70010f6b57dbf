// How a connection ends, and who is told what.
import assert from "node:assert/strict";
import type { Http2ClientSession } from "./api.ts";
import { connectHttp2 } from "./client.ts";
import { ErrorCode, Http2Error } from "./errors.ts";
import { FrameType } from "./frames.ts";
import { serveHttp2 } from "./server.ts";
import { answerOpen, echo, OK, silent } from "./testing/answers.ts";
import { Call } from "./testing/call.ts";
import { goawayFrame, headersFrame } from "./testing/frame_bytes.ts";
import { HandlerLedger } from "./testing/handler_ledger.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { tcpPair } from "./testing/tcp_pair.ts";

Deno.test("close tells the peer the code and the text, and itself what it was told", async () => {
  for (const end of ["client", "server"] as const) {
    await using pair = await SessionPair.open({ onStream: echo });
    await pair.client.ready;
    const call = pair.call({ body: undefined });
    await call.answered;
    pair[end].close(ErrorCode.INTERNAL_ERROR, "disk is full");
    const here = await pair[end].closed;
    assert.equal(here?.code, ErrorCode.INTERNAL_ERROR);
    assert.equal(here?.remote, false);
    assert.match(here!.message, /disk is full/);
    const there = await pair[end === "client" ? "server" : "client"].closed;
    assert.equal(there?.code, ErrorCode.INTERNAL_ERROR);
    assert.equal(there?.remote, true);
    assert.match(there!.message, /disk is full/);
    const error = await call.over;
    assert.equal(error?.code, ErrorCode.INTERNAL_ERROR);
    assert.equal(error?.unprocessed, false);
  }
});

Deno.test("close without a code is an orderly end; open streams end with an error all the same", async () => {
  await using pair = await SessionPair.open({ onStream: answerOpen });
  const call = pair.call({ body: undefined });
  await call.answered;
  pair.client.close();
  const error = await call.over;
  assert.equal(error?.code, ErrorCode.NO_ERROR);
  assert.equal(error?.unprocessed, false);
  assert.equal(await pair.client.closed, null);
});

Deno.test("close twice, and all calls after close, do nothing or say that it is closed", async () => {
  await using pair = await SessionPair.open({ onStream: answerOpen });
  const call = pair.call({ body: undefined });
  await call.answered;
  pair.client.close(ErrorCode.INTERNAL_ERROR);
  pair.client.close();
  assert.equal(pair.client.accepting, false);
  assert.equal(pair.client.activeStreams, 0);
  assert.equal(call.stream.sendData(null, Uint8Array.of(1), false), true);
  call.stream.sendTrailers([["x", "y"]]);
  call.stream.reset(ErrorCode.CANCEL);
  call.stream.consume(100);
  await assert.rejects(pair.client.ping(), Http2Error);
  await pair.client.drain();
  assert.throws(() => pair.call(), (error) => error instanceof Http2Error && error.unprocessed);
});

Deno.test("ready rejects when the connection ends before SETTINGS, and stays quiet when nobody asks", async () => {
  for (const ask of [true, false]) {
    const [near, far] = await tcpPair();
    const client = connectHttp2(near);
    const ready = ask ? assert.rejects(client.ready, Http2Error) : Promise.resolve();
    far.close();
    await ready;
    await client.closed;
  }
});

/** A client of a server made by hand, with one call that is open, one that is answered and one that waits. */
async function threeCalls(): Promise<
  { client: Http2ClientSession; peer: RawPeer; calls: Call[]; ledger: HandlerLedger }
> {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  const peer = await RawPeer.server(far, [[3, 2]]);
  await client.ready;
  const ledger = new HandlerLedger();
  const calls = [1, 2, 3].map(() => new Call(client, { body: undefined, ledger }));
  await peer.send(headersFrame(3, OK));
  await calls[1].answered;
  return { client, peer, calls, ledger };
}

Deno.test("GOAWAY: streams it covers go on, those above and those that wait were not processed", async () => {
  const { client, peer, calls, ledger } = await threeCalls();
  await using _ = peer;
  await peer.send(goawayFrame(1, ErrorCode.NO_ERROR));
  for (const call of [calls[1], calls[2]]) {
    const error = await call.over;
    assert.equal(error?.unprocessed, true);
    assert.equal(error?.remote, true);
  }
  assert.equal(client.accepting, false);
  await peer.send(headersFrame(1, OK, true));
  calls[0].stream.sendData(null, null, true);
  assert.equal(await calls[0].over, null);
  await client.closed;
  ledger.assertSettled();
});

Deno.test("GOAWAY may come again with a smaller limit", async () => {
  const { client, peer, calls, ledger } = await threeCalls();
  await using _ = peer;
  await peer.send(goawayFrame(0x7fffffff, ErrorCode.NO_ERROR));
  assert.equal((await calls[2].over)?.unprocessed, true);
  assert.equal(client.activeStreams, 2);
  await peer.send(goawayFrame(1, ErrorCode.NO_ERROR));
  assert.equal((await calls[1].over)?.unprocessed, true);
  await peer.send(goawayFrame(0, ErrorCode.ENHANCE_YOUR_CALM, "busy"));
  const error = await calls[0].over;
  assert.equal(error?.unprocessed, true);
  assert.equal(error?.code, ErrorCode.ENHANCE_YOUR_CALM);
  await client.closed;
  ledger.assertSettled();
});

Deno.test("a server that goes away without a word ends every call with an error, and closed with one", async () => {
  const { client, peer, calls, ledger } = await threeCalls();
  peer.close();
  const unprocessed: boolean[] = [];
  for (const call of calls) {
    const error = await call.over;
    assert.ok(error instanceof Http2Error);
    unprocessed.push(error.unprocessed);
  }
  // Only the one that never went out is known not to have reached a handler.
  assert.deepEqual(unprocessed, [false, false, true]);
  assert.ok(await client.closed instanceof Http2Error);
  await peer.ended;
  ledger.assertSettled();
});

Deno.test("a peer that leaves while nothing is open ends the session in order", async () => {
  const [near, far] = await tcpPair();
  const ledger = new HandlerLedger();
  const server = serveHttp2(near, () => ledger.watch(silent(), "server"));
  const peer = new RawPeer(far);
  await peer.next(FrameType.SETTINGS);
  peer.close();
  await server.closed;
  await peer.ended;
});

Deno.test("a connection whose writes fail ends the session, with the cause", async () => {
  const broken = new Error("cable pulled");
  const never = Promise.withResolvers<null>();
  const client = connectHttp2({
    read: () => never.promise,
    write: () => Promise.reject(broken),
    close: () => never.resolve(null),
  });
  const call = new Call(client);
  assert.equal((await call.over)?.cause, broken);
  const error = await client.closed;
  assert.equal(error?.cause, broken);
});

Deno.test("a connection whose reads fail, or throw at once, or whose close throws, ends the session", async () => {
  const broken = new Error("cable pulled");
  for (
    const read of [() => Promise.reject(broken), () => {
      throw broken;
    }]
  ) {
    const client = connectHttp2({
      read,
      write: (p) => Promise.resolve(p.length),
      close: () => {
        throw new Error("closed already");
      },
    });
    assert.equal((await client.closed)?.cause, broken);
  }
});

Deno.test("an end that breaks a rule is told so before the connection closes", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  const call = new Call(client);
  await using peer = await RawPeer.server(far);
  await peer.send(headersFrame(2, OK));
  const { code, debug } = await peer.goaway();
  assert.equal(code, ErrorCode.PROTOCOL_ERROR);
  assert.notEqual(debug, "");
  assert.equal((await call.over)?.code, ErrorCode.PROTOCOL_ERROR);
  peer.close();
  assert.equal((await client.closed)?.code, ErrorCode.PROTOCOL_ERROR);
});
