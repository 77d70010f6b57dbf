import assert from "node:assert/strict";
import { Code, ConnectError, createContextKey, createContextValues } from "@connectrpc/connect";
import {
  answering,
  ECHO,
  echoClient,
  echoServer,
  framed,
  OK,
  RESPONSE,
  scripted,
  until,
} from "./fixture_test.ts";
import { createGrpcTransport } from "./transport.ts";

function isError(code: Code, text = ""): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConnectError, String(error));
    assert.equal(Code[error.code], Code[code], error.message);
    assert.ok(error.message.includes(text), error.message);
    return true;
  };
}

async function* numbers(count: number): AsyncGenerator<{ number: bigint }> {
  for (let i = 1; i <= count; i++) yield { number: BigInt(i) };
}

Deno.test("all four kinds of call work through Connect's client", async () => {
  await using server = echoServer();
  await using transport = createGrpcTransport({ address: server.address });
  const client = echoClient(transport);
  assert.equal(transport.state, "idle");
  assert.equal((await client.echo({ text: "hi" })).text, "hi");
  assert.equal(transport.state, "ready");
  const seen: number[] = [];
  for await (const { number } of client.count({ to: 1000 })) seen.push(number);
  assert.deepEqual(seen, Array.from({ length: 1000 }, (_, i) => i + 1));
  assert.deepEqual({ ...await client.sum(numbers(1000)) }.sum, 500500n);
  const texts: string[] = [];
  const lines = async function* (): AsyncGenerator<{ text: string }> {
    yield { text: "a" };
    yield { text: "b" };
  };
  for await (const { text } of client.converse(lines())) texts.push(text);
  assert.deepEqual(texts, ["a", "b"]);
});

Deno.test("a conversation goes back and forth, the next request waiting for the last answer", async () => {
  await using server = echoServer();
  await using transport = createGrpcTransport({ address: server.address });
  let next = Promise.withResolvers<string | null>();
  next.resolve("0");
  const requests = async function* (): AsyncGenerator<{ text: string }> {
    for (;;) {
      const text = await next.promise;
      if (text === null) return;
      next = Promise.withResolvers();
      yield { text };
    }
  };
  let rounds = 0;
  for await (const { text } of echoClient(transport).converse(requests())) {
    assert.equal(text, String(rounds++));
    next.resolve(rounds < 100 ? String(rounds) : null);
  }
  assert.equal(rounds, 100);
});

Deno.test("metadata goes both ways, binary too", async () => {
  await using server = echoServer({}, {
    echo(_request, context) {
      context.responseHeader.set("x-head", context.requestHeader.get("x-in")!);
      context.responseHeader.set("x-head-bin", context.requestHeader.get("x-in-bin")!);
      context.responseTrailer.set("x-tail", "t");
      return {};
    },
    async *count(_request, context) {
      context.responseHeader.set("x-head", "s");
      context.responseTrailer.set("x-tail", context.requestHeader.get("user-agent")!);
      yield { number: 1 };
    },
  });
  await using transport = createGrpcTransport({ address: server.address });
  const client = echoClient(transport);
  const got: (string | null)[] = [];
  const options = {
    headers: { "X-In": "a b", "x-in-bin": "AAEC/w" },
    onHeader(header: Headers): void {
      got.push(header.get("x-head"), header.get("x-head-bin"), header.get("content-type"));
    },
    onTrailer(trailer: Headers): void {
      got.push(trailer.get("x-tail"), trailer.get("grpc-status"));
    },
  };
  await client.echo({}, options);
  assert.deepEqual(got.splice(0), ["a b", "AAEC/w", null, "t", null]);
  for await (const _ of client.count({ to: 1 }, { ...options, headers: { "user-agent": "me" } }));
  assert.deepEqual(got, ["s", null, null, "me", null]);
});

Deno.test("metadata that gRPC cannot carry fails the call before anything is sent", async () => {
  await using server = echoServer();
  await using transport = createGrpcTransport({ address: server.address });
  await assert.rejects(
    echoClient(transport).echo({}, { headers: { "x-bin": "not base64!" } }),
    isError(Code.Internal, "base64"),
  );
  assert.equal((await echoClient(transport).echo({ text: "on" })).text, "on");
});

Deno.test("a status is an error with code, text, metadata and details", async () => {
  await using server = echoServer({}, {
    fail({ code, message }) {
      const metadata = { "x-why": "because" };
      throw new ConnectError(message, code as Code, metadata);
    },
  });
  await using transport = createGrpcTransport({ address: server.address });
  await assert.rejects(
    echoClient(transport).fail({ code: Code.NotFound, message: "100 % naïve\n" }),
    (error: ConnectError) => {
      assert.equal(error.code, Code.NotFound);
      assert.equal(error.rawMessage, "100 % naïve\n");
      assert.equal(error.metadata.get("x-why"), "because");
      return true;
    },
  );
});

Deno.test("messages that came before an error status are handed out before it", async () => {
  await using server = echoServer({}, {
    async *count() {
      for (let number = 1; number <= 3; number++) yield { number };
      throw new ConnectError("enough", Code.Aborted);
    },
  });
  await using transport = createGrpcTransport({ address: server.address });
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const { number } of echoClient(transport).count({})) seen.push(number);
  }, isError(Code.Aborted, "enough"));
  assert.deepEqual(seen, [1, 2, 3]);
});

Deno.test("a deadline reaches the handler and ends the call", async () => {
  const timeouts: number[] = [];
  await using server = echoServer({}, {
    wait(_request, context) {
      timeouts.push(context.timeoutMs()!);
      return ECHO.wait!(_request, context);
    },
  });
  await using transport = createGrpcTransport({ address: server.address });
  const client = echoClient(transport);
  await assert.rejects(client.wait({}, { timeoutMs: 50 }), isError(Code.DeadlineExceeded));
  assert.ok(timeouts[0] > 0 && timeouts[0] <= 50, String(timeouts));
  await using hasty = createGrpcTransport({ address: server.address, defaultTimeoutMs: 50 });
  await assert.rejects(echoClient(hasty).wait({}), isError(Code.DeadlineExceeded));
});

Deno.test("an aborted signal cancels the call here and in the handler", async () => {
  const handler = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  await using server = echoServer({}, {
    wait(_request, { signal }) {
      signal.addEventListener("abort", () => handler.resolve(), { once: true });
      started.resolve();
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
    },
  });
  await using transport = createGrpcTransport({ address: server.address });
  const controller = new AbortController();
  const call = echoClient(transport).wait({}, { signal: controller.signal });
  await started.promise;
  controller.abort(new Error("no longer wanted"));
  await assert.rejects(call, isError(Code.Canceled, "no longer wanted"));
  await handler.promise;
  await assert.rejects(
    echoClient(transport).echo({}, { signal: controller.signal }),
    isError(Code.Canceled),
  );
});

Deno.test("an abort counts for messages that were received but not read yet", async () => {
  await using peer = scripted(answering((stream) => {
    stream.sendHeaders(RESPONSE);
    for (let i = 0; i < 3; i++) stream.sendData(null, framed([]), false);
    stream.sendTrailers(OK);
  }));
  const controller = new AbortController();
  let count = 0;
  const reading = (async () => {
    for await (const _ of echoClient(peer.transport).count({}, { signal: controller.signal })) {
      count++;
      await until(() => peer.sessions[0].activeStreams === 0, "the call is over");
      controller.abort();
    }
  })();
  await assert.rejects(reading, { code: Code.Canceled });
  assert.equal(count, 1);
});

Deno.test("interceptors see and change both ways, and know context values", async () => {
  await using server = echoServer();
  const key = createContextKey("none");
  const seen: string[] = [];
  await using transport = createGrpcTransport({
    address: server.address,
    interceptors: [(next) => async (request) => {
      seen.push(`${request.contextValues.get(key)} ${new URL(request.url).pathname}`);
      request.header.set("x-extra", "1");
      const response = await next(request);
      return { ...response };
    }],
  });
  const client = echoClient(transport);
  const headers: Headers[] = [];
  const options = {
    contextValues: createContextValues().set(key, "value"),
    onHeader: (header: Headers): void => void headers.push(header),
    onTrailer: (header: Headers): void => void headers.push(header),
    timeoutMs: 10_000,
  };
  assert.equal((await client.echo({ text: "x" }, options)).text, "x");
  const got: number[] = [];
  for await (const { number } of client.count({ to: 3 }, options)) got.push(number);
  assert.deepEqual(got, [1, 2, 3]);
  assert.equal((await client.sum(numbers(3), options)).sum, 6n);
  assert.deepEqual(
    seen,
    ["Echo", "Count", "Sum"].map((name) => `value /jumpstarter.test.v1.EchoService/${name}`),
  );
  assert.ok(headers.length === 6 && headers.every((header) => header instanceof Headers));
  const signal = AbortSignal.timeout(20);
  await assert.rejects(client.wait({}, { signal }), isError(Code.Canceled));
  await assert.rejects(client.wait({}, { timeoutMs: 20 }), isError(Code.DeadlineExceeded));
});

Deno.test("message limits hold both ways, worded as grpc-core does", async () => {
  await using server = echoServer({ maxReceiveBytes: 32 << 20, maxSendBytes: 32 << 20 });
  await using transport = createGrpcTransport({ address: server.address });
  const client = echoClient(transport);
  const data = new Uint8Array(5 << 20);
  await assert.rejects(
    client.echo({ data }),
    isError(
      Code.ResourceExhausted,
      `Sent message larger than max (${data.length + 5} vs. 4194304)`,
    ),
  );
  const tooLarge = `Received message larger than max (${data.length + 7} vs. 4194304)`;
  await assert.rejects(async () => {
    for await (const _ of client.count({ to: 1, payloadBytes: data.length }));
  }, isError(Code.ResourceExhausted, tooLarge));
  await using wide = createGrpcTransport({
    address: server.address,
    maxReceiveBytes: 32 << 20,
    maxSendBytes: 32 << 20,
  });
  const big = new Uint8Array(20 << 20);
  crypto.getRandomValues(big.subarray(0, 65536));
  assert.deepEqual((await echoClient(wide).echo({ data: big })).data, big);
});

Deno.test("gzip works both ways", async () => {
  await using server = echoServer();
  await using transport = createGrpcTransport({ address: server.address, compression: "gzip" });
  const text = "compressible ".repeat(10_000);
  assert.equal((await echoClient(transport).echo({ text })).text, text);
  assert.equal((await echoClient(transport).echo({ text: "short" })).text, "short");
});

Deno.test("a thousand calls at once all get their own answer", async () => {
  await using server = echoServer();
  await using transport = createGrpcTransport({ address: server.address });
  const client = echoClient(transport);
  const texts = Array.from({ length: 1000 }, (_, i) => String(i));
  const answers = await Promise.all(texts.map(async (text) => (await client.echo({ text })).text));
  assert.deepEqual(answers, texts);
});

Deno.test("a response that nobody iterates does not end the process", async () => {
  await using server = echoServer();
  await using transport = createGrpcTransport({ address: server.address });
  const client = echoClient(transport);
  client.count({ to: 1 }, { signal: AbortSignal.abort() });
  await client.echo({});
});

Deno.test("the request's iterator is stopped when the call ends before it", async () => {
  await using server = echoServer({}, { sum: () => Promise.resolve({ sum: 7n }) });
  await using transport = createGrpcTransport({ address: server.address });
  const stopped = Promise.withResolvers<void>();
  const endless = async function* (): AsyncGenerator<{ number: bigint }> {
    try {
      for (let i = 0;; i++) {
        yield { number: BigInt(i) };
        if (i > 10) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      stopped.resolve();
    }
  };
  assert.equal((await echoClient(transport).sum(endless())).sum, 7n);
  await stopped.promise;
});

Deno.test("a failing request iterator fails the call", async () => {
  await using server = echoServer();
  await using transport = createGrpcTransport({ address: server.address });
  const failing = async function* (): AsyncGenerator<{ number: bigint }> {
    yield { number: 1n };
    throw new Error("no more numbers");
  };
  await assert.rejects(
    echoClient(transport).sum(failing()),
    isError(Code.Unknown, "no more numbers"),
  );
});

Deno.test("a reader that stops holds back the server, a server that stops the request's iterator", async () => {
  let sent = 0;
  await using server = echoServer({}, {
    echo: () => ({}),
    async *count(_request, { signal }) {
      const payload = new Uint8Array(65536);
      for (; !signal.aborted; sent++) yield { payload };
    },
    async *converse(_requests, { signal }) {
      yield {};
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  });
  await using transport = createGrpcTransport({ address: server.address });
  const client = echoClient(transport);
  const stop = new AbortController();
  const responses = client.count({}, { signal: stop.signal })[Symbol.asyncIterator]();
  for (let i = 0; i < 100; i++) await responses.next();

  let produced = 0;
  const requests = async function* (): AsyncGenerator<{ data: Uint8Array }> {
    for (;; produced++) yield { data: new Uint8Array(65536) };
  };
  const answers = client.converse(requests(), { signal: stop.signal })[Symbol.asyncIterator]();
  await answers.next();

  // Each end had its turns; 16 MiB of window are 256 messages, and some wait in queues and sockets.
  for (let i = 0; i < 300; i++) await client.echo({});
  assert.ok(sent < 100 + 400, String(sent));
  assert.ok(produced < 400, String(produced));
  stop.abort();
  await assert.rejects(answers.next(), isError(Code.Canceled));
});

Deno.test("closing the transport cancels its calls", async () => {
  await using server = echoServer();
  await using transport = createGrpcTransport({ address: server.address });
  const client = echoClient(transport);
  await client.echo({});
  const waiting = client.wait({});
  queueMicrotask(() => transport.close());
  await assert.rejects(waiting, isError(Code.Canceled, "transport is closed"));
  assert.equal(transport.state, "closed");
  await assert.rejects(client.echo({}), isError(Code.Canceled, "transport is closed"));
});

Deno.test("draining lets open calls finish and takes no new ones", async () => {
  const finish = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  await using server = echoServer({}, {
    async wait() {
      started.resolve();
      await finish.promise;
      return {};
    },
  });
  await using transport = createGrpcTransport({ address: server.address });
  const client = echoClient(transport);
  const open = client.wait({});
  await started.promise;
  const drained = transport.drain();
  assert.equal(transport.state, "draining");
  await assert.rejects(client.echo({}), isError(Code.Canceled));
  finish.resolve();
  await open;
  await drained;
  assert.equal(transport.state, "closed");
});
