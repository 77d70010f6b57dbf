import assert from "node:assert/strict";
import { Code, type ConnectError, type HandlerContext } from "@connectrpc/connect";
import { create, toBinary } from "@bufbuild/protobuf";
import { ConverseRequestSchema, EchoService } from "@jumpstarter/testing/echo/v1";
import { ErrorCode } from "../../http2/mod.ts";
import { GrpcServer } from "./server.ts";
import { Peer } from "./testdata/peer.ts";

const WAIT = "/jumpstarter.test.v1.EchoService/Wait";
const CONVERSE = "/jumpstarter.test.v1.EchoService/Converse";

function aborted(signal: AbortSignal): Promise<ConnectError> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

/** A server whose Wait hangs, and the reason with which its signal is aborted. */
function hanging(): { server: GrpcServer; started: Promise<void>; reason: Promise<ConnectError> } {
  const started = Promise.withResolvers<void>();
  const reason = Promise.withResolvers<ConnectError>();
  const server = new GrpcServer().add(EchoService, {
    wait: (_request, { signal }) => {
      aborted(signal).then(reason.resolve);
      started.resolve();
      return new Promise(() => {});
    },
  });
  return { server, started: started.promise, reason: reason.promise };
}

Deno.test("cancel by the client aborts the handler's signal", async () => {
  const { server, started, reason } = hanging();
  await using peer = new Peer(server);
  const call = peer.call(WAIT).send(new Uint8Array(0)).end();
  await started;
  call.stream.reset(ErrorCode.CANCEL);
  assert.equal((await reason).code, Code.Canceled);
});

Deno.test("a lost connection aborts the handler's signal", async () => {
  const { server, started, reason } = hanging();
  await using peer = new Peer(server);
  peer.call(WAIT).send(new Uint8Array(0)).end();
  await started;
  peer.session.close();
  assert.equal((await reason).code, Code.Canceled);
});

Deno.test("close of the server aborts the handler's signal", async () => {
  const { server, started, reason } = hanging();
  await using peer = new Peer(server);
  peer.call(WAIT).send(new Uint8Array(0)).end();
  await started;
  server.close();
  assert.equal((await reason).code, Code.Canceled);
});

Deno.test("a signal that is first looked at after the cancel is aborted", async () => {
  const contexts: HandlerContext[] = [];
  const started = Promise.withResolvers<void>();
  const server = new GrpcServer().add(EchoService, {
    wait: (_request, context) => {
      contexts.push(context);
      started.resolve();
      return new Promise(() => {});
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(WAIT).send(new Uint8Array(0)).end();
  await started.promise;
  call.stream.reset(ErrorCode.CANCEL);
  await peer.session.ping();
  assert.equal(contexts[0].signal.aborted, true);
  assert.equal((contexts[0].signal.reason as ConnectError).code, Code.Canceled);
});

Deno.test("the signal is aborted when the call has ended well, too", async () => {
  const contexts: HandlerContext[] = [];
  const server = new GrpcServer().add(EchoService, {
    wait: (_request, context) => {
      assert.equal(context.signal.aborted, false);
      contexts.push(context);
      return {};
    },
  });
  await using peer = new Peer(server);
  assert.equal(await peer.call(WAIT).send(new Uint8Array(0)).end().status(), null);
  assert.equal(contexts[0].signal.aborted, true);
});

Deno.test("cancel ends a handler that waits for requests: its loop throws", async () => {
  const thrown = Promise.withResolvers<ConnectError>();
  const server = new GrpcServer().add(EchoService, {
    async *converse(requests) {
      try {
        for await (const { text } of requests) yield { text };
      } catch (error) {
        thrown.resolve(error as ConnectError);
        throw error;
      }
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(CONVERSE);
  call.send(toBinary(ConverseRequestSchema, create(ConverseRequestSchema, { text: "a" })));
  await call.message();
  call.stream.reset(ErrorCode.CANCEL);
  assert.equal((await thrown.promise).code, Code.Canceled);
});

Deno.test("cancel ends a handler that waits at a yield: its finally blocks run", async () => {
  const ended = Promise.withResolvers<void>();
  const server = new GrpcServer().add(EchoService, {
    async *converse() {
      try {
        for (;;) yield { data: new Uint8Array(64 * 1024) };
      } finally {
        ended.resolve();
      }
    },
  });
  await using peer = new Peer(server, { streamWindow: 65_535 });
  const call = peer.call(CONVERSE);
  call.hold = true;
  await call.headed;
  await peer.session.ping();
  call.stream.reset(ErrorCode.CANCEL);
  await ended.promise;
});

Deno.test("requests that a handler forgot about do not end the process when the client cancels", async () => {
  const started = Promise.withResolvers<void>();
  const server = new GrpcServer().add(EchoService, {
    converse: (requests) => {
      void requests[Symbol.asyncIterator]().next();
      started.resolve();
      return { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(CONVERSE);
  await started.promise;
  call.stream.reset(ErrorCode.CANCEL);
  await peer.session.ping();
});

Deno.test("what a handler does after the cancel changes nothing", async () => {
  const reports: unknown[] = [];
  const go = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const server = new GrpcServer({ onUnexpectedError: (e) => reports.push(e) }).add(EchoService, {
    async wait(_request, context) {
      await go.promise;
      context.responseHeader.set("x-late", "1");
      queueMicrotask(done.resolve);
      throw new Error("late");
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(WAIT).send(new Uint8Array(0)).end();
  await peer.session.ping();
  call.stream.reset(ErrorCode.CANCEL);
  await peer.session.ping();
  go.resolve();
  await done.promise;
  await peer.session.ping();
  assert.deepEqual(reports, []);
});
