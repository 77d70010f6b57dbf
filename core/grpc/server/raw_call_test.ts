import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { ErrorCode, fieldValue } from "../../http2/mod.ts";
import { gzip } from "../protocol/compression.ts";
import type { RawCall } from "./raw_call.ts";
import { GrpcServer, type GrpcServerOptions } from "./server.ts";
import { Peer } from "./testdata/peer.ts";

const PATH = "/test.Raw/Stream";

function serve(handler: (call: RawCall) => Promise<void>, options?: GrpcServerOptions): GrpcServer {
  return new GrpcServer(options).addRaw(PATH, handler);
}

async function echo(call: RawCall): Promise<void> {
  for (let m = await call.receive(); m !== null; m = await call.receive()) {
    await call.send(new Uint8Array([m.length]), m);
  }
}

Deno.test("raw call passes message bytes both ways, head before body", async () => {
  await using peer = new Peer(serve(echo));
  const call = peer.call(PATH);
  call.send(new Uint8Array([5, 6]));
  assert.deepEqual(await call.message(), new Uint8Array([2, 5, 6]));
  call.send(new Uint8Array(0)).end();
  assert.deepEqual(await call.message(), new Uint8Array([0]));
  assert.equal(await call.status(), null);
});

Deno.test("raw call sends initial metadata when its handler says so", async () => {
  const go = Promise.withResolvers<void>();
  await using peer = new Peer(serve(async (call) => {
    call.sendInitialMetadata({ "resource": call.requestHeader.get("request")!, "empty": "" });
    call.responseTrailer.set("x-tail", "1");
    await go.promise;
  }));
  const call = peer.call(PATH, [["request", '{"kind":"driver"}']]);
  const head = await call.headed;
  assert.equal(fieldValue(head, "resource"), '{"kind":"driver"}');
  assert.equal(fieldValue(head, "empty"), "");
  go.resolve();
  assert.equal(await call.status(), null);
  assert.equal(fieldValue(call.trailers!, "x-tail"), "1");
});

Deno.test("raw handler's error is the status", async () => {
  await using peer = new Peer(serve(() => Promise.reject(new ConnectError("no", Code.NotFound))));
  assert.equal((await peer.call(PATH).status())?.code, Code.NotFound);
});

Deno.test("raw call that fails to send its metadata says so to its handler", async () => {
  await using peer = new Peer(serve((call) => {
    assert.throws(() => call.sendInitialMetadata({ "x-a": "√" }), ConnectError);
    assert.throws(() => call.sendInitialMetadata({ "x-a": "ü" }), /printable ASCII/);
    return Promise.reject(new ConnectError("told", Code.Aborted));
  }));
  assert.equal((await peer.call(PATH).status())?.code, Code.Aborted);
});

Deno.test("raw call can be cancelled by its handler at any time", async () => {
  const cancelled = Promise.withResolvers<RawCall>();
  await using peer = new Peer(serve(async (call) => {
    call.cancel(new ConnectError("device gone", Code.Aborted));
    cancelled.resolve(call);
    await new Promise(() => {});
  }));
  const status = await peer.call(PATH).status();
  assert.equal(status?.code, Code.Aborted);
  assert.equal(status?.rawMessage, "device gone");
  const call = await cancelled.promise;
  await assert.rejects(call.receive(), /device gone/);
  assert.throws(() => call.send(new Uint8Array(1)), /device gone/);
});

Deno.test("raw call that is cancelled rejects receive and throws in send", async () => {
  const result = Promise.withResolvers<unknown[]>();
  await using peer = new Peer(serve(async (call) => {
    const error = await call.receive().catch((error) => error);
    const thrown = await Promise.resolve().then(() => call.send(new Uint8Array(1))).catch((e) => e);
    result.resolve([error.code, thrown.code, call.signal.aborted]);
  }));
  const call = peer.call(PATH);
  await peer.session.ping();
  call.stream.reset(ErrorCode.CANCEL);
  assert.deepEqual(await result.promise, [Code.Canceled, Code.Canceled, true]);
});

Deno.test("raw send tells to wait when the client does not read, and is woken by its end", async () => {
  const result = Promise.withResolvers<unknown>();
  const waiting = Promise.withResolvers<void>();
  await using peer = new Peer(
    serve(async (call) => {
      try {
        for (;;) {
          const room = call.send(new Uint8Array(0), new Uint8Array(100_000));
          if (room !== undefined) waiting.resolve();
          await room;
        }
      } catch (error) {
        result.resolve((error as ConnectError).code);
      }
    }),
    { streamWindow: 65_535 },
  );
  const call = peer.call(PATH);
  call.hold = true;
  await waiting.promise;
  call.stream.reset(ErrorCode.CANCEL);
  assert.equal(await result.promise, Code.Canceled);
});

Deno.test("raw call reads without promises: poll and whenReadable", async () => {
  await using peer = new Peer(serve((call) => {
    const done = Promise.withResolvers<void>();
    const pump = (): void => {
      for (;;) {
        const message = call.poll();
        if (message === undefined) return call.whenReadable(pump);
        if (message === null) return done.resolve();
        call.send(message);
      }
    };
    pump();
    return done.promise;
  }));
  const call = peer.call(PATH).send(new Uint8Array([1]));
  assert.deepEqual(await call.message(), new Uint8Array([1]));
  call.send(new Uint8Array([2])).end();
  assert.deepEqual(await call.message(), new Uint8Array([2]));
  assert.equal(await call.status(), null);
});

Deno.test("raw call takes compressed messages", async () => {
  await using peer = new Peer(serve(echo));
  const call = peer.call(PATH, [["grpc-encoding", "gzip"]]);
  call.send(gzip.compress(new Uint8Array([9, 9, 9])), 1);
  assert.deepEqual(await call.message(), new Uint8Array([3, 9, 9, 9]));
});

Deno.test("raw handler takes the place of a method of a service", async () => {
  const server = new GrpcServer().add(EchoService, { echo: () => ({}) });
  server.addRaw(EchoService.method.converse, echo);
  await using peer = new Peer(server);
  const call = peer.call("/jumpstarter.test.v1.EchoService/Converse").send(new Uint8Array([1]));
  assert.deepEqual(await call.message(), new Uint8Array([1, 1]));
  const typed = peer.call("/jumpstarter.test.v1.EchoService/Echo").send(new Uint8Array(0)).end();
  assert.equal(await typed.status(), null);
});

Deno.test("raw call keeps a megabyte of tiny messages in little more than a megabyte", async () => {
  const go = Promise.withResolvers<void>();
  let count = 0;
  await using peer = new Peer(serve(async (call) => {
    await go.promise;
    while (await call.receive() !== null) count++;
  }));
  const call = peer.call(PATH);
  const many = new Uint8Array(6 * 20_000);
  for (let i = 0; i < many.length; i += 6) many[i + 4] = 1;
  await peer.session.ping();
  const before = Deno.memoryUsage();
  for (let i = 0; i < 10; i++) call.stream.sendData(null, many, false);
  await peer.session.ping();
  await peer.session.ping();
  const after = Deno.memoryUsage();
  const grown = after.external + after.heapUsed - before.external - before.heapUsed;
  // Both ends and the pipe between are in this process; as objects it would be above 20 MB.
  assert.ok(grown < 10_000_000, `${grown} bytes for ${10 * many.length}`);
  call.end();
  go.resolve();
  assert.equal(await call.status(), null);
  assert.equal(count, 200_000);
});
