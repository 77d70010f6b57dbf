import assert from "node:assert/strict";
import { Code, type ConnectError } from "@connectrpc/connect";
import { ErrorCode } from "../http2/mod.ts";
import { joinCalls } from "./join_calls.ts";
import type { RawCall } from "./server/raw_call.ts";
import { GrpcServer } from "./server/server.ts";
import { Peer } from "./server/testdata/peer.ts";

const PATH = "/test.Router/Stream";

/** A router as upstream's: the first call waits for the second. */
function router(signal?: AbortSignal): GrpcServer {
  let waiting: { call: RawCall; joined: PromiseWithResolvers<void> } | undefined;
  return new GrpcServer().addRaw(PATH, async (call) => {
    if (waiting === undefined) {
      waiting = { call, joined: Promise.withResolvers() };
      return await waiting.joined.promise;
    }
    const { call: first, joined } = waiting;
    waiting = undefined;
    const both = joinCalls(first, call, { signal });
    both.then(joined.resolve, joined.reject);
    await both;
  });
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

Deno.test("router passes messages both ways, also those sent before the other end came", async () => {
  const server = router();
  await using one = new Peer(server);
  await using two = new Peer(server);
  const a = one.call(PATH).send(bytes(1)).send(bytes(2));
  await one.session.ping();
  const b = two.call(PATH).send(bytes(3));
  assert.deepEqual(await b.message(), bytes(1));
  assert.deepEqual(await b.message(), bytes(2));
  assert.deepEqual(await a.message(), bytes(3));
});

Deno.test("router ends both calls with OK when both have half-closed, not before", async () => {
  const server = router();
  await using one = new Peer(server);
  await using two = new Peer(server);
  const a = one.call(PATH).send(bytes(1)).end();
  const b = two.call(PATH);
  assert.deepEqual(await b.message(), bytes(1));
  b.send(bytes(2));
  assert.deepEqual(await a.message(), bytes(2), "the other direction goes on");
  b.end();
  assert.equal(await a.status(), null);
  assert.equal(await b.status(), null);
});

Deno.test("router ends the other call at once when one is cancelled or its connection is lost", async () => {
  for (const leave of ["cancel", "disconnect"]) {
    const server = router();
    await using one = new Peer(server);
    await using two = new Peer(server);
    const a = one.call(PATH);
    await one.session.ping();
    const b = two.call(PATH).send(bytes(1));
    await a.message();
    if (leave === "cancel") a.stream.reset(ErrorCode.CANCEL);
    else one.session.close();
    const status = await b.status();
    assert.equal(status?.code, Code.Unavailable, leave);
    assert.match(status!.rawMessage, /the other end of the stream is gone/);
  }
});

Deno.test("router holds back the sender when the receiver does not read", async () => {
  const server = router();
  await using one = new Peer(server, { streamWindow: 65_535 });
  await using two = new Peer(server);
  const a = one.call(PATH);
  a.hold = true;
  await one.session.ping();
  const b = two.call(PATH);
  // The receiver's window, what the router queues, and the sender's own window at the router.
  const total = 64 * 1024 * 1024;
  for (let sent = 0; sent < total; sent += 64 * 1024) b.send(new Uint8Array(64 * 1024 - 5));
  for (let before = -1; before !== b.stream.bufferedBytes;) {
    before = b.stream.bufferedBytes;
    await two.session.ping();
    await two.session.ping();
  }
  assert.ok(
    b.stream.bufferedBytes > 32 * 1024 * 1024,
    `${b.stream.bufferedBytes} wait at the sender`,
  );
});

Deno.test("router ends both calls by its signal", async () => {
  const controller = new AbortController();
  const server = router(controller.signal);
  await using one = new Peer(server);
  await using two = new Peer(server);
  const a = one.call(PATH).send(bytes(1));
  await one.session.ping();
  const b = two.call(PATH);
  await b.message();
  const { ConnectError } = await import("@connectrpc/connect");
  controller.abort(new ConnectError("lease is over", Code.Aborted));
  for (const call of [a, b]) {
    const status: ConnectError | null | undefined = await call.status();
    assert.equal(status?.code, Code.Aborted);
  }
});
