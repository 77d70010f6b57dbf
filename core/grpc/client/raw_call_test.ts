import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { routerStream } from "../../stream/mod.ts";
import { GrpcServer } from "../server/server.ts";
import type { RawHandler } from "../server/raw_call.ts";
import { createGrpcTransport, type GrpcTransport } from "./transport.ts";
import type { RawCallOptions, RawClientCall } from "./raw_call.ts";

const NO_HEAD = new Uint8Array(0);
const PATH = "/test.Raw/Call";

interface Pair extends AsyncDisposable {
  transport: GrpcTransport;
  call(options?: RawCallOptions): RawClientCall;
}

/** A server with one raw method, on a unix socket, and a transport to it. */
async function rawServer(handler: RawHandler): Promise<Pair> {
  const path = `${await Deno.makeTempDir()}/raw.sock`;
  const server = new GrpcServer().addRaw(PATH, handler);
  const serving = server.serve(Deno.listen({ transport: "unix", path }));
  const transport = createGrpcTransport({ address: `unix:${path}` });
  return {
    transport,
    call: (options) => transport.raw(PATH, options),
    async [Symbol.asyncDispose](): Promise<void> {
      await transport[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await serving;
    },
  };
}

const echo: RawHandler = async (call) => {
  call.sendInitialMetadata({ "x-kind": "echo" });
  for (let m = await call.receive(); m !== null; m = await call.receive()) {
    await call.send(NO_HEAD, m);
  }
  call.responseTrailer.set("x-end", "1");
};

function isError(code: Code, text = ""): (error: unknown) => boolean {
  return (error) =>
    error instanceof ConnectError && error.code === code && error.message.includes(text);
}

Deno.test("messages sent before the connection stands arrive in order, then the half-close", async () => {
  await using peer = await rawServer(echo);
  const call = peer.call();
  const scratch = Uint8Array.of(1);
  const sent = [call.send(scratch), call.send(NO_HEAD, Uint8Array.of(9))];
  scratch[0] = 2;
  sent.push(call.send(scratch, Uint8Array.of(3)));
  call.closeSend();
  const received: number[][] = [];
  for (let m = await call.receive(); m !== null; m = await call.receive()) received.push([...m]);
  await Promise.all(sent);
  assert.deepEqual(received, [[1], [9], [2, 3]]);
  assert.equal(await call.closed, null);
  assert.equal(call.trailer.get("x-end"), "1");
});

Deno.test("initial metadata comes when the server says so, before any message", async () => {
  const go = Promise.withResolvers<void>();
  await using peer = await rawServer(async (call) => {
    call.sendInitialMetadata({ "x-kind": "early", "x-in": call.requestHeader.get("x-in")! });
    await go.promise;
  });
  const call = peer.call({ headers: { "x-in": "value" } });
  assert.equal((await call.header).get("x-kind"), "early");
  assert.equal((await call.header).get("x-in"), "value");
  assert.equal(call.poll(), undefined);
  go.resolve();
  assert.equal(await call.receive(), null);
});

Deno.test("a call that fails before its response began has no metadata", async () => {
  await using peer = await rawServer(() => Promise.reject(new ConnectError("no", Code.NotFound)));
  const call = peer.call();
  await assert.rejects(call.header, isError(Code.NotFound, "no"));
  await assert.rejects(call.receive(), isError(Code.NotFound, "no"));
  assert.equal((await call.closed)?.code, Code.NotFound);
  assert.throws(() => call.send(Uint8Array.of(1)), isError(Code.NotFound));
});

Deno.test("send says when to wait, and the promise is kept when there is room", async () => {
  const go = Promise.withResolvers<void>();
  let received = 0;
  await using peer = await rawServer(async (call) => {
    call.sendInitialMetadata();
    await go.promise;
    for (let m = await call.receive(); m !== null; m = await call.receive()) received += m.length;
  });
  const call = peer.call();
  await call.header;
  let room: Promise<void> | undefined;
  let sent = 0;
  for (; room === undefined; sent += 65536) room = call.send(NO_HEAD, new Uint8Array(65536));
  assert.ok(sent > 0 && sent < 64 << 20, String(sent));
  go.resolve();
  await room;
  call.closeSend();
  assert.equal(await call.receive(), null);
  assert.equal(received, sent);
});

Deno.test("cancel ends both ends at once, also while sending waits", async () => {
  const handler = Promise.withResolvers<void>();
  await using peer = await rawServer((call) => {
    call.sendInitialMetadata();
    call.signal.addEventListener("abort", () => handler.resolve(), { once: true });
    return new Promise(() => {});
  });
  const call = peer.call();
  await call.header;
  let room: Promise<void> | undefined;
  while (room === undefined) room = call.send(NO_HEAD, new Uint8Array(1 << 20));
  const receiving = call.receive();
  call.cancel(new Error("enough"));
  await assert.rejects(receiving, isError(Code.Canceled, "enough"));
  await assert.rejects(room, isError(Code.Canceled, "enough"));
  await assert.rejects(call.receive(), isError(Code.Canceled, "enough"));
  assert.equal((await call.closed)?.code, Code.Canceled);
  await handler.promise;
  call.cancel();
});

Deno.test("signal and deadline end a raw call", async () => {
  await using peer = await rawServer(echo);
  const stop = new AbortController();
  const call = peer.call({ signal: stop.signal });
  await call.header;
  stop.abort();
  await assert.rejects(call.receive(), isError(Code.Canceled));
  const hasty = peer.call({ timeoutMs: 20 });
  await assert.rejects(hasty.receive(), isError(Code.DeadlineExceeded));
});

Deno.test("after half-close or the end nothing can be sent", async () => {
  await using peer = await rawServer(echo);
  const call = peer.call();
  call.closeSend();
  call.closeSend();
  assert.throws(() => call.send(Uint8Array.of(1)), isError(Code.Internal, "half-closed"));
  assert.equal(await call.receive(), null);
  assert.throws(() => call.send(Uint8Array.of(1)), isError(Code.FailedPrecondition, "has ended"));
});

Deno.test("a message over the limit fails the call", async () => {
  await using peer = await rawServer(echo);
  const large = new Uint8Array(5 << 20);
  const refused = isError(Code.ResourceExhausted, "(5242880 vs. 4194304)");
  const early = peer.call();
  await assert.rejects(early.send(NO_HEAD, large)!, refused);
  const call = peer.call();
  await call.header;
  assert.throws(() => call.send(NO_HEAD, large), refused);
  assert.equal((await call.closed)?.code, Code.ResourceExhausted);
});

Deno.test("a router stream on a raw call carries bytes and half-close both ways", async () => {
  await using peer = await rawServer(async (call) => {
    const { readable, writable } = routerStream({
      receive: () => call.receive(),
      send: (head, body) => call.send(head, body),
      cancel(): void {},
    });
    await readable.pipeTo(writable);
  });
  const { readable, writable } = routerStream(peer.call());
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  const writing = (async () => {
    const writer = writable.getWriter();
    for (let i = 0; i < 50; i++) await writer.write(sent.slice());
    await writer.close();
  })();
  const received: Uint8Array[] = [];
  for await (const chunk of readable) received.push(chunk);
  await writing;
  const all = new Uint8Array(await new Blob(received as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  assert.equal(all.length, 50 * sent.length);
  for (let at = 0; at < all.length; at += sent.length) {
    assert.deepEqual(all.subarray(at, at + sent.length), sent);
  }
});
