import assert from "node:assert/strict";
import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { RouterService } from "@jumpstarter/proto/v1";
import { createGrpcTransport, type GrpcTransport, type RawClientCall } from "../client/mod.ts";
import { ECHO } from "../client/fixture_test.ts";
import { joinCalls } from "../join_calls.ts";
import type { MessageChannel } from "../message_channel.ts";
import { GrpcServer } from "../server/server.ts";
import { serveTunnel } from "./serve_tunnel.ts";
import { TunnelConn } from "./tunnel_conn.ts";
import { createTunnelTransport } from "./tunnel_transport.ts";

const STREAM = `/${RouterService.typeName}/Stream`;

/** A server on a unix socket, and a transport to it. */
async function served(
  server: GrpcServer,
): Promise<{ transport: GrpcTransport } & AsyncDisposable> {
  const path = `${await Deno.makeTempDir()}/t.sock`;
  const serving = server.serve(Deno.listen({ transport: "unix", path }));
  const transport = createGrpcTransport({ address: `unix:${path}` });
  return {
    transport,
    async [Symbol.asyncDispose](): Promise<void> {
      await transport[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await serving;
    },
  };
}

/** A server that offers the echo service, and itself once more inside `Stream`. */
function nesting(calls: Promise<void>[] = []): GrpcServer {
  const inner = new GrpcServer().add(EchoService, ECHO);
  inner.addRaw(STREAM, (call) => serveTunnel(call, inner));
  const outer = new GrpcServer();
  outer.addRaw(STREAM, (call) => {
    const done = serveTunnel(call, inner);
    calls.push(done);
    return done;
  });
  return outer;
}

async function* texts(count: number): AsyncGenerator<{ text: string }> {
  for (let i = 0; i < count; i++) yield { text: String(i) };
}

async function tryAllKinds(transport: GrpcTransport): Promise<void> {
  const client = createClient(EchoService, transport);
  assert.equal((await client.echo({ text: "through" })).text, "through");
  const data = crypto.getRandomValues(new Uint8Array(65536));
  const large = new Uint8Array(3 << 20);
  large.set(data, 2 << 20);
  assert.deepEqual((await client.echo({ data: large })).data, large);
  let count = 0;
  for await (const { number } of client.count({ to: 500 })) assert.equal(number, ++count);
  assert.equal(count, 500);
  let index = 0;
  for await (const { text } of client.converse(texts(500))) assert.equal(text, String(index++));
  assert.equal(index, 500);
  await assert.rejects(
    client.fail({ code: Code.NotFound, message: "inside" }),
    (error: ConnectError) => error.code === Code.NotFound && error.rawMessage === "inside",
  );
  const many = Array.from({ length: 200 }, (_, i) => client.echo({ text: String(i) }));
  for (const [i, { text }] of (await Promise.all(many)).entries()) assert.equal(text, String(i));
}

Deno.test("calls of every kind go through a tunnel, and through a tunnel in a tunnel", async () => {
  await using outer = await served(nesting());
  await using first = createTunnelTransport(() => outer.transport.raw(STREAM));
  await tryAllKinds(first);
  await using second = createTunnelTransport(() => first.raw(STREAM));
  await tryAllKinds(second);
});

Deno.test("a router that joins two calls carries a tunnel", async () => {
  const exporter = Promise.withResolvers<MessageChannel>();
  const router = new GrpcServer();
  let first = true;
  router.addRaw(STREAM, async (call) => {
    if (first) {
      first = false;
      exporter.resolve(call);
      await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
      return;
    }
    await joinCalls(await exporter.promise, call);
  });
  await using at = await served(router);
  const target = new GrpcServer().add(EchoService, ECHO);
  const exported = at.transport.raw(STREAM);
  const serving = serveTunnel(exported, target);
  await using inner = createTunnelTransport(() => at.transport.raw(STREAM));
  await tryAllKinds(inner);
  await inner[Symbol.asyncDispose]();
  await serving;
});

Deno.test("closing the inner transport ends the outer call in order", async () => {
  const ends: Promise<void>[] = [];
  await using outer = await served(nesting(ends));
  let call: RawClientCall | undefined;
  const inner = createTunnelTransport(() => call = outer.transport.raw(STREAM));
  await createClient(EchoService, inner).echo({});
  await inner[Symbol.asyncDispose]();
  await ends[0];
  assert.equal(await call!.closed, null);
});

Deno.test("cancelling the outer call ends the inner connection, and a new call opens a new one", async () => {
  const ends: Promise<void>[] = [];
  await using outer = await served(nesting(ends));
  const calls: RawClientCall[] = [];
  await using inner = createTunnelTransport(() => {
    calls.push(outer.transport.raw(STREAM));
    return calls.at(-1)!;
  });
  const client = createClient(EchoService, inner);
  await client.echo({});
  const waiting = client.wait({});
  calls[0].cancel();
  await assert.rejects(waiting, (error: ConnectError) => error.code === Code.Unavailable);
  await ends[0];
  await client.echo({});
  assert.equal(calls.length, 2);
});

Deno.test("the inner server's end ends the outer call", async () => {
  const target = new GrpcServer().add(EchoService, ECHO);
  const outer = new GrpcServer().addRaw(STREAM, (call) => serveTunnel(call, target));
  await using at = await served(outer);
  let call: RawClientCall | undefined;
  await using inner = createTunnelTransport(() => call = at.transport.raw(STREAM));
  await createClient(EchoService, inner).echo({});
  target.close();
  assert.equal(await call!.closed, null);
});

Deno.test("an outer call that is refused makes inner calls unavailable", async () => {
  await using at = await served(new GrpcServer());
  await using inner = createTunnelTransport(() => at.transport.raw(STREAM));
  await assert.rejects(
    createClient(EchoService, inner).echo({}),
    (error: ConnectError) =>
      error.code === Code.Unavailable && /unknown method/.test(error.message),
  );
});

Deno.test("a peer that never ends its direction does not hold the call open", async () => {
  await using at = await served(
    new GrpcServer().addRaw(STREAM, async (call) => {
      while (await call.receive() !== null);
      await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
    }),
  );
  const call = at.transport.raw(STREAM);
  const conn = new TunnelConn(call, { closeTimeoutMs: 20 });
  const reading = conn.read(new Uint8Array(10));
  conn.close();
  assert.equal(await reading, null);
  await conn.finished;
  assert.equal((await call.closed)?.code, Code.Canceled);
  await assert.rejects(conn.write(new Uint8Array(1)), Deno.errors.BadResource);
  assert.equal(await conn.read(new Uint8Array(1)), null);
});

Deno.test("bytes arrive as they were written, whatever becomes of the buffers", async () => {
  await using at = await served(
    new GrpcServer().addRaw(STREAM, async (call) => {
      const conn = new TunnelConn(call);
      const buffer = new Uint8Array(200_000);
      for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
        await conn.write(buffer.subarray(0, n));
        buffer.fill(0);
      }
      conn.close();
      await conn.finished;
    }),
  );
  const conn = new TunnelConn(at.transport.raw(STREAM));
  const total = 40 << 20;
  const writing = (async () => {
    const buffer = new Uint8Array(300_000);
    for (let at = 0; at < total;) {
      const size = Math.min(buffer.length - at % 1000, total - at);
      for (let i = 0; i < size; i++) buffer[i] = (at + i) * 7 >> 3;
      at += await conn.write(buffer.subarray(0, size));
      buffer.fill(0xff);
    }
  })();
  const buffer = new Uint8Array(100_000);
  let seen = 0;
  while (seen < total) {
    const n = await conn.read(buffer);
    for (let i = 0; i < n!; i++) {
      if (buffer[i] !== (((seen + i) * 7 >> 3) & 255)) assert.fail(`octet ${seen + i}`);
    }
    seen += n!;
  }
  await writing;
  conn.close();
  await conn.finished;
});
