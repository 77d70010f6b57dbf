import assert from "node:assert/strict";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { connectHttp2 } from "../../http2/mod.ts";
import { acceptConnections, type ConnListener } from "./listener.ts";
import { GrpcServer } from "./server.ts";
import { Peer } from "./testdata/peer.ts";

/** A listener that accepts what the test says. */
class ScriptedListener implements ConnListener {
  closed = false;
  accepts = 0;
  readonly #script: (() => Promise<Deno.Conn>)[];
  readonly #end = Promise.withResolvers<Deno.Conn>();

  constructor(...script: (() => Promise<Deno.Conn>)[]) {
    this.#script = script;
    this.#end.promise.catch(() => {});
  }

  accept(): Promise<Deno.Conn> {
    return this.#script[this.accepts++]?.() ?? this.#end.promise;
  }

  close(): void {
    this.closed = true;
    this.#end.reject(new Deno.errors.BadResource("closed"));
  }
}

Deno.test("an accept or a connection that fails does not stop the others", async () => {
  const conn = { close(): void {} } as Deno.Conn;
  const listener = new ScriptedListener(
    () => Promise.reject(new Error("Too many open files (os error 24)")),
    () => Promise.resolve(conn),
    () => Promise.reject(new Error("handshake failed")),
    () => Promise.resolve(conn),
  );
  const stop = new AbortController();
  const errors: string[] = [];
  let served = 0;
  await acceptConnections(listener, () => {
    if (++served === 2) stop.abort();
    else throw new Error("no");
  }, { signal: stop.signal, onError: (error) => errors.push((error as Error).message) });
  assert.equal(served, 2);
  assert.deepEqual(errors, ["Too many open files (os error 24)", "no", "handshake failed"]);
  assert.ok(listener.closed);
});

Deno.test("accepting ends when somebody closes the listener", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = acceptConnections(listener, () => {}, { signal: new AbortController().signal });
  listener.close();
  await accepting;
});

Deno.test("a server that is closed serves no listener", async () => {
  const listener = new ScriptedListener();
  const server = new GrpcServer();
  server.close();
  await server.serve(listener);
  assert.ok(listener.closed);
});

Deno.test("a unix socket is served", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/s.sock`;
  const server = new GrpcServer().add(EchoService, { echo: () => ({}) });
  const serving = server.serve(Deno.listen({ transport: "unix", path }));
  const session = connectHttp2(await Deno.connect({ transport: "unix", path }));
  await session.ready;
  assert.equal(server.sessions.size, 1);
  session.close();
  await server[Symbol.asyncDispose]();
  await serving;
  await Deno.remove(folder, { recursive: true });
});

Deno.test("drain lets open calls finish and takes no new ones", async () => {
  const go = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const server = new GrpcServer().add(EchoService, {
    wait: async () => {
      started.resolve();
      await go.promise;
      return {};
    },
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = server.serve(listener);
  await using peer = new Peer(server);
  const call = peer.call("/jumpstarter.test.v1.EchoService/Wait").send(new Uint8Array(0)).end();
  await started.promise;
  const drained = server.drain();
  await serving;
  await peer.session.ping();
  assert.equal(peer.session.accepting, false);
  go.resolve();
  assert.equal(await call.status(), null);
  await drained;
  assert.equal(server.sessions.size, 0);
});

Deno.test("drain with a signal gives up on calls that do not end", async () => {
  const server = new GrpcServer().add(EchoService, { wait: () => new Promise(() => {}) });
  await using peer = new Peer(server);
  const call = peer.call("/jumpstarter.test.v1.EchoService/Wait").send(new Uint8Array(0)).end();
  await peer.session.ping();
  const stop = new AbortController();
  const drained = server.drain({ signal: stop.signal });
  stop.abort();
  await drained;
  await call.closed;
});
