import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  ConverseRequestSchema,
  ConverseResponseSchema,
  CountRequestSchema,
  CountResponseSchema,
  EchoService,
  SumRequestSchema,
  SumResponseSchema,
} from "@jumpstarter/testing/echo/v1";
import { ErrorCode, fieldValue } from "../../http2/mod.ts";
import { sendInitialMetadata } from "./handler_context.ts";
import { GrpcServer } from "./server.ts";
import { Peer } from "./testdata/peer.ts";

const PATH = "/jumpstarter.test.v1.EchoService/";

function bytes<D extends DescMessage>(desc: D, init: MessageInitShape<D>): Uint8Array {
  return toBinary(desc, create(desc, init));
}

Deno.test("server stream gives all messages in order, then OK", async () => {
  const server = new GrpcServer().add(EchoService, {
    async *count({ to }) {
      for (let number = 1; number <= to; number++) yield { number };
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Count").send(bytes(CountRequestSchema, { to: 2000 })).end();
  const numbers = (await call.messages()).map((m) => fromBinary(CountResponseSchema, m).number);
  assert.deepEqual(numbers, Array.from({ length: 2000 }, (_, i) => i + 1));
  assert.equal(await call.status(), null);
});

Deno.test("server stream of nothing is headers and OK", async () => {
  const server = new GrpcServer().add(EchoService, { async *count() {} });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Count").send(new Uint8Array(0)).end();
  assert.equal(await call.status(), null);
  assert.equal(fieldValue(call.head!, ":status"), "200");
});

Deno.test("server stream waits for a client that does not read, and ends when it leaves", async () => {
  let yielded = 0;
  const ended = Promise.withResolvers<void>();
  const server = new GrpcServer().add(EchoService, {
    async *count() {
      try {
        const payload = new Uint8Array(16 * 1024);
        for (;;) yield { number: ++yielded, payload };
      } finally {
        ended.resolve();
      }
    },
  });
  await using peer = new Peer(server, { streamWindow: 1 << 20 });
  const call = peer.call(PATH + "Count").send(new Uint8Array(0)).end();
  call.hold = true;
  await call.headed;
  for (let before = -1; before !== yielded;) {
    before = yielded;
    await peer.session.ping();
    await peer.session.ping();
  }
  assert.ok(yielded * 16 * 1024 <= 2 * (1 << 20), `${yielded} messages were made`);
  call.stream.reset(ErrorCode.CANCEL);
  await ended.promise;
});

Deno.test("server stream whose handler throws delivers what came before", async () => {
  const server = new GrpcServer().add(EchoService, {
    async *count() {
      yield { number: 1 };
      throw new ConnectError("stop", Code.Aborted);
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Count").send(new Uint8Array(0)).end();
  assert.equal((await call.messages()).length, 1);
  assert.equal((await call.status())?.code, Code.Aborted);
});

Deno.test("server stream with a message over the send limit ends, and its handler is told", async () => {
  const ended = Promise.withResolvers<void>();
  const server = new GrpcServer({ maxSendBytes: 100 }).add(EchoService, {
    async *count() {
      try {
        yield { number: 1 };
        yield { number: 2, payload: new Uint8Array(101) };
      } finally {
        ended.resolve();
      }
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Count").send(new Uint8Array(0)).end();
  assert.equal((await call.messages()).length, 1);
  assert.equal((await call.status())?.code, Code.ResourceExhausted);
  await ended.promise;
});

Deno.test("client stream is read to its half-close", async () => {
  const server = new GrpcServer().add(EchoService, {
    async sum(requests) {
      let sum = 0n;
      for await (const { number } of requests) sum += number;
      return { sum };
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Sum");
  for (let i = 1; i <= 100; i++) call.send(bytes(SumRequestSchema, { number: BigInt(i) }));
  call.end();
  assert.equal(fromBinary(SumResponseSchema, (await call.message())!).sum, 5050n);
});

Deno.test("client stream may be answered before it has ended: the client is asked to stop", async () => {
  const server = new GrpcServer().add(EchoService, {
    async sum(requests) {
      for await (const { number } of requests) return { sum: number };
      return {};
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Sum").send(bytes(SumRequestSchema, { number: 7n }));
  assert.equal(fromBinary(SumResponseSchema, (await call.message())!).sum, 7n);
  const error = await call.closed;
  assert.equal(error?.code, ErrorCode.NO_ERROR);
  assert.equal(await call.status(), null);
});

Deno.test("client stream over a limit fails in the handler's loop, and so the call", async () => {
  const seen: unknown[] = [];
  const server = new GrpcServer({ maxReceiveBytes: 10 }).add(EchoService, {
    async sum(requests) {
      try {
        for await (const _ of requests);
      } catch (error) {
        seen.push((error as ConnectError).code);
        throw error;
      }
      return {};
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Sum").send(new Uint8Array(11));
  assert.equal((await call.status())?.code, Code.ResourceExhausted);
  assert.deepEqual(seen, [Code.ResourceExhausted]);
});

Deno.test("client stream whose handler does not read is held back by its window", async () => {
  const release = Promise.withResolvers<void>();
  const http2 = { streamWindow: 100_000 };
  const server = new GrpcServer({ http2 }).add(EchoService, {
    async sum() {
      await release.promise;
      return {};
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Sum");
  for (let i = 0; i < 50; i++) call.send(new Uint8Array(10_000));
  await peer.session.ping();
  await peer.session.ping();
  assert.ok(
    call.stream.bufferedBytes >= 400_000,
    `${call.stream.bufferedBytes} wait at the client`,
  );
  release.resolve();
  assert.equal(await call.status(), null);
});

Deno.test("bidi call answers each message before the next one comes", async () => {
  const server = new GrpcServer().add(EchoService, {
    async *converse(requests) {
      for await (const { text } of requests) yield { text };
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Converse");
  for (const text of ["a", "b", "c"]) {
    call.send(bytes(ConverseRequestSchema, { text }));
    assert.equal(fromBinary(ConverseResponseSchema, (await call.message())!).text, text);
  }
  call.end();
  assert.equal(await call.message(), null);
  assert.equal(await call.status(), null);
});

Deno.test("bidi handler may end while the client still talks", async () => {
  const server = new GrpcServer().add(EchoService, {
    async *converse(requests) {
      for await (const { text } of requests) {
        yield { text };
        break;
      }
      yield { text: "bye" };
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Converse").send(bytes(ConverseRequestSchema, { text: "a" }));
  call.send(bytes(ConverseRequestSchema, { text: "ignored" }));
  const texts = (await call.messages()).map((m) => fromBinary(ConverseResponseSchema, m).text);
  assert.deepEqual(texts, ["a", "bye"]);
  assert.equal(await call.status(), null);
});

Deno.test("initial metadata goes out when the handler says so, before any message", async () => {
  const go = Promise.withResolvers<void>();
  const server = new GrpcServer().add(EchoService, {
    async *converse(_requests, context) {
      context.responseHeader.set("x-ready", "1");
      sendInitialMetadata(context);
      await go.promise;
      yield { text: "late" };
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(PATH + "Converse");
  assert.equal(fieldValue(await call.headed, "x-ready"), "1");
  go.resolve();
  assert.equal((await call.messages()).length, 1);
});

Deno.test("small messages of one turn go out together", async () => {
  const server = new GrpcServer().add(EchoService, {
    async *count({ to }) {
      for (let number = 1; number <= to; number++) yield { number };
    },
  });
  let writes = 0;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connecting = Deno.connect({ port: listener.addr.port, hostname: "127.0.0.1" });
  const accepted = await listener.accept();
  listener.close();
  const counted = {
    read: (p: Uint8Array) => accepted.read(p),
    write: (p: Uint8Array) => {
      writes++;
      return accepted.write(p);
    },
    close: () => accepted.close(),
  };
  const session = server.handle(counted);
  await using peer = Peer.over(await connecting, session);
  const call = peer.call(PATH + "Count").send(bytes(CountRequestSchema, { to: 5000 })).end();
  assert.equal((await call.messages()).length, 5000);
  assert.ok(writes < 500, `${writes} writes for 5000 messages`);
});
