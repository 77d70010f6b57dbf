import assert from "node:assert/strict";
import { Agent } from "node:http";
import {
  Code,
  ConnectError,
  createClient,
  type ServiceImpl,
  type Transport,
} from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { fieldValue } from "../../http2/mod.ts";
import { GrpcServer, type GrpcServerOptions } from "./server.ts";
import { Peer } from "./testdata/peer.ts";

const IMPLEMENTATION: Partial<ServiceImpl<typeof EchoService>> = {
  echo: ({ text, data }) => ({ text, data }),
  async *count({ to, payloadBytes }) {
    const payload = new Uint8Array(payloadBytes);
    for (let number = 1; number <= to; number++) yield { number, payload };
  },
  async sum(requests) {
    let sum = 0n;
    for await (const { number } of requests) sum += number;
    return { sum };
  },
  async *converse(requests) {
    for await (const { text } of requests) yield { text };
  },
  fail({ code, message }) {
    throw new ConnectError(message, code, { "x-meta": "1" });
  },
  wait: (_request, { signal }) =>
    new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    ),
};

function serveTcp(options: GrpcServerOptions = {}): AsyncDisposable & { url: string } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const server = new GrpcServer(options).add(EchoService, IMPLEMENTATION);
  const serving = server.serve(listener);
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await serving;
    },
  };
}

async function* texts(...all: string[]): AsyncIterable<{ text: string }> {
  for (const text of all) yield { text };
}

async function allKinds(transport: Transport, bidi: boolean): Promise<void> {
  const client = createClient(EchoService, transport);
  assert.equal((await client.echo({ text: "hällo" })).text, "hällo");
  const big = new Uint8Array(1_000_000).fill(7);
  const { data } = await client.echo({ data: big });
  assert.equal(data.length, big.length);
  assert.ok(data.every((octet) => octet === 7));
  const numbers = [];
  for await (const { number } of client.count({ to: 200, payloadBytes: 2000 })) {
    numbers.push(number);
  }
  assert.equal(numbers.length, 200);
  if (bidi) {
    const numbered = async function* (): AsyncIterable<{ number: bigint }> {
      for (let i = 1n; i <= 100n; i++) yield { number: i };
    };
    assert.equal((await client.sum(numbered())).sum, 5050n);
    const back = [];
    for await (const { text } of client.converse(texts("a", "b"))) back.push(text);
    assert.deepEqual(back, ["a", "b"]);
  }
  const failed = await client.fail({ code: Code.NotFound, message: "nö" }).catch((e) => e);
  assert.equal(failed.code, Code.NotFound);
  assert.equal(failed.rawMessage, "nö");
  assert.equal(failed.metadata.get("x-meta"), "1");
  const late = await client.wait({}, { timeoutMs: 50 }).catch((e) => e);
  assert.equal(late.code, Code.DeadlineExceeded);
}

/** Deno 2.6's node:http2 leaves a timer of connect-node's behind when its session is ended: the peer's leak, not ours. */
const PEER_LEAKS = Deno.version.deno.startsWith("2.6.");
const judged = { sanitizeOps: !PEER_LEAKS, sanitizeResources: !PEER_LEAKS };

// connect-node's streaming gzip fails in Deno with "Premature close", against its own server too.
const acceptCompression: never[] = [];

for (
  const [name, make] of [
    ["gRPC", createGrpcTransport],
    ["Connect", createConnectTransport],
    ["gRPC-Web", createGrpcWebTransport],
  ] as const
) {
  const title = `connect-node's ${name} transport gets every kind of call over HTTP/2`;
  Deno.test(title, judged, async () => {
    await using server = serveTcp();
    const sessionManager = new Http2SessionManager(server.url);
    const common = {
      httpVersion: "2",
      baseUrl: server.url,
      acceptCompression,
      sessionManager,
    } as const;
    await allKinds(make(common), true);
    await allKinds(make({ ...common, useBinaryFormat: false }), true);
    sessionManager.abort();
  });
}

Deno.test("Connect and gRPC-Web are served over HTTP/1.1 by Deno.serve", async () => {
  const server = new GrpcServer().add(EchoService, IMPLEMENTATION);
  const listening = Promise.withResolvers<number>();
  const http = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => listening.resolve(port),
  }, server.fetchHandler);
  const baseUrl = `http://127.0.0.1:${await listening.promise}`;
  const nodeOptions = { agent: new Agent({ keepAlive: false }) };
  await allKinds(
    createConnectTransport({ httpVersion: "1.1", baseUrl, acceptCompression, nodeOptions }),
    false,
  );
  await allKinds(
    createGrpcWebTransport({ httpVersion: "1.1", baseUrl, acceptCompression, nodeOptions }),
    false,
  );
  const json = await fetch(`${baseUrl}/jumpstarter.test.v1.EchoService/Echo`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"text":"curl"}',
  });
  assert.equal(json.headers.get("content-length"), "15");
  assert.deepEqual(await json.json(), { text: "curl" });
  const unknown = await fetch(`${baseUrl}/x/y`, { method: "POST", body: "z" });
  assert.equal(unknown.status, 404);
  await unknown.body?.cancel();
  await http.shutdown();
});

Deno.test("Connect's messages have the same limits", judged, async () => {
  await using server = serveTcp({ maxReceiveBytes: 1000, maxSendBytes: 500 });
  const sessionManager = new Http2SessionManager(server.url);
  const client = createClient(
    EchoService,
    createConnectTransport({ httpVersion: "2", baseUrl: server.url, sessionManager }),
  );
  for (const size of [2000, 600]) {
    const error = await client.echo({ data: new Uint8Array(size) }).catch((e) => e);
    assert.equal(error.code, Code.ResourceExhausted);
  }
  assert.equal((await client.echo({ text: "x" })).text, "x");
  sessionManager.abort();
});

const CONNECT = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/jumpstarter.test.v1.EchoService/Count"],
  [":authority", "tmp%2Fx.sock"],
  ["content-type", "application/connect+json"],
] as const;

Deno.test("Connect's stream waits for a client that does not read, and ends when it leaves", async () => {
  let yielded = 0;
  const ended = Promise.withResolvers<void>();
  const server = new GrpcServer().add(EchoService, {
    async *count() {
      try {
        for (;;) yield { number: ++yielded, payload: new Uint8Array(10_000) };
      } finally {
        ended.resolve();
      }
    },
  });
  await using peer = new Peer(server, { streamWindow: 65_535 });
  const call = peer.request(CONNECT);
  call.hold = true;
  call.send(new TextEncoder().encode('{"to":1}')).end();
  await call.headed;
  for (let before = -1; before !== yielded;) {
    before = yielded;
    await peer.session.ping();
    await peer.session.ping();
  }
  assert.ok(yielded < 100, `${yielded} messages were made`);
  call.stream.reset(8);
  await ended.promise;
});

Deno.test("Connect's GET is served, with any authority", async () => {
  await using peer = new Peer(new GrpcServer().add(EchoService, IMPLEMENTATION));
  const call = peer.request(CONNECT, [[":method", "GET"], ["content-type", ""]], true);
  await call.closed;
  assert.equal(fieldValue(call.head!, ":status"), "405", "Count has side effects");
});
