import assert from "node:assert/strict";
import { DelayProxy } from "./delay_proxy.ts";

/** A server that echoes each connection to its end. */
class EchoServer implements AsyncDisposable {
  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #done = this.#serve();

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }
  async #serve(): Promise<void> {
    const echoes: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      echoes.push(conn.readable.pipeTo(conn.writable).catch(() => {}));
    }
    await Promise.all(echoes);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}

async function readExactly(conn: Deno.Conn, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await conn.read(bytes.subarray(at));
    assert.notEqual(count, null, `the connection ended after ${at} of ${length} bytes`);
    at += count!;
  }
  return bytes;
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

Deno.test("proxy holds bytes back by the delay in each direction", async () => {
  await using server = new EchoServer();
  await using proxy = DelayProxy.start({ port: server.port, delayMs: 25 });
  using conn = await Deno.connect({ port: proxy.port });
  conn.setNoDelay(true);
  const trips: number[] = [];
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    await conn.write(Uint8Array.of(i));
    assert.deepEqual(await readExactly(conn, 1), Uint8Array.of(i));
    trips.push(performance.now() - start);
  }
  trips.sort((a, b) => a - b);
  assert.ok(trips[0] >= 50, `a round trip took ${trips[0]} ms`);
  assert.ok(trips[4] < 60, `half of the round trips took more than ${trips[4]} ms`);
});

Deno.test("proxy does not limit the rate of a delayed link", async () => {
  await using server = new EchoServer();
  await using proxy = DelayProxy.start({ port: server.port, delayMs: 100 });
  using conn = await Deno.connect({ port: proxy.port });
  const sent = new Uint8Array(48 << 20);
  for (let i = 0; i < sent.length; i += 4096) sent[i] = i >> 12;
  const start = performance.now();
  const [, received] = await Promise.all([writeAll(conn, sent), readExactly(conn, sent.length)]);
  const elapsed = performance.now() - start;
  assert.ok(Deno.build.os !== "linux" || elapsed < 5_000, `48 MiB took ${elapsed} ms`);
  assert.ok(elapsed >= 200);
  assert.deepEqual(received, sent);
  assert.equal(proxy.carried("down"), sent.length);
});

Deno.test("proxy carries half-close to the other side, after the delay", async () => {
  await using server = new EchoServer();
  await using proxy = DelayProxy.start({ port: server.port, delayMs: 10 });
  using conn = await Deno.connect({ port: proxy.port });
  await writeAll(conn, new TextEncoder().encode("last words"));
  await conn.closeWrite();
  assert.equal(new TextDecoder().decode(await readExactly(conn, 10)), "last words");
  assert.equal(await conn.read(new Uint8Array(1)), null);
});

Deno.test("proxy loses nothing over a stall of either direction", async () => {
  for (const direction of ["up", "down"] as const) {
    await using server = new EchoServer();
    await using proxy = DelayProxy.start({ port: server.port });
    using conn = await Deno.connect({ port: proxy.port });
    await writeAll(conn, Uint8Array.of(1));
    await readExactly(conn, 1);
    const before = proxy.carried(direction);
    proxy.stall(direction);
    await writeAll(conn, Uint8Array.of(2, 3));
    let arrived = false;
    const echoed = readExactly(conn, 2).finally(() => arrived = true);
    // The other connection goes through the whole proxy after the stall, so the first had its chance.
    using probe = await Deno.connect({ port: server.port });
    await writeAll(probe, Uint8Array.of(4));
    await readExactly(probe, 1);
    assert.equal(arrived, false);
    assert.equal(proxy.carried(direction), before);
    proxy.resume(direction);
    assert.deepEqual(await echoed, Uint8Array.of(2, 3));
  }
});

Deno.test("cut drops the connections there are and accepts new ones", async () => {
  await using server = new EchoServer();
  await using proxy = DelayProxy.start({ port: server.port, delayMs: 1 });
  using first = await Deno.connect({ port: proxy.port });
  await writeAll(first, Uint8Array.of(1));
  await readExactly(first, 1);
  assert.equal(proxy.connections, 1);
  proxy.stall("down");
  const end = first.read(new Uint8Array(1)).catch((error) => error);
  proxy.cut();
  const ended = await end;
  assert.ok(ended === null || ended instanceof Error);
  proxy.resume("down");
  using second = await Deno.connect({ port: proxy.port });
  await writeAll(second, Uint8Array.of(9));
  assert.deepEqual(await readExactly(second, 1), Uint8Array.of(9));
});

Deno.test("proxy holds no more than its capacity for a reader that never reads", async () => {
  await using server = new EchoServer();
  await using proxy = DelayProxy.start({ port: server.port, capacity: 1 << 20 });
  using conn = await Deno.connect({ port: proxy.port });
  proxy.stall("up");
  const piece = new Uint8Array(64 << 10);
  let written = 0;
  const writing = (async () => {
    for (; written < 256 << 20; written += piece.length) await writeAll(conn, piece);
  })().catch(() => {});
  await new Promise<void>((resolve) => {
    let last = -1;
    const timer = setInterval(() => {
      if (written === last) resolve(clearInterval(timer));
      last = written;
    }, 50);
  });
  // What lies between the writer and the proxy's own queue is in the two socket buffers.
  assert.ok(written < 32 << 20, `${written} bytes went into a stalled link`);
  proxy.cut();
  await writing;
});

Deno.test("proxy to a target that is not there closes the connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  await using proxy = DelayProxy.start({ port });
  using conn = await Deno.connect({ port: proxy.port });
  assert.equal(await conn.read(new Uint8Array(1)).catch(() => null), null);
});
