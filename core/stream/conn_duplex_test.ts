import assert from "node:assert/strict";
import { duplexFromConn } from "./conn_duplex.ts";
import type { Duplex } from "./duplex.ts";
import { pump } from "./pump.ts";

/** A connected pair of TCP sockets; either may be closed already when the test ends. */
async function sockets(): Promise<{ near: Deno.Conn; far: Deno.Conn } & Disposable> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const [near, far] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  return {
    near,
    far,
    [Symbol.dispose](): void {
      for (const conn of [near, far]) {
        try {
          conn.close();
        } catch {
          // Closed by the test.
        }
      }
    },
  };
}

async function readAll(duplex: Duplex): Promise<Uint8Array> {
  return await new Response(duplex.readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
}

function isClosed(conn: Deno.Conn): boolean {
  try {
    conn.close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.BadResource;
  }
}

Deno.test("duplexFromConn: closing the writable leaves the readable open, and both close the socket", async () => {
  using pair = await sockets();
  const [near, far] = [duplexFromConn(pair.near), duplexFromConn(pair.far)];
  await near.writable.close();
  assert.equal((await readAll(far)).length, 0);
  const writer = far.writable.getWriter();
  await writer.write(Uint8Array.of(1, 2, 3));
  await writer.close();
  assert.deepEqual(await readAll(near), Uint8Array.of(1, 2, 3));
  assert.ok(isClosed(pair.near));
  assert.ok(isClosed(pair.far));
});

Deno.test("duplexFromConn carries 20 MiB through two pumps, unharmed", async () => {
  using first = await sockets();
  using second = await sockets();
  const [near, a] = [duplexFromConn(first.near), duplexFromConn(first.far)];
  const [b, far] = [duplexFromConn(second.near), duplexFromConn(second.far)];
  const pumping = pump(a, b);
  const echo = far.readable.pipeTo(far.writable);
  const sent = new Uint8Array(20 << 20).map((_, i) => i % 251);
  const writer = near.writable.getWriter();
  const sending = (async (): Promise<void> => {
    for (let at = 0; at < sent.length; at += 100_000) {
      await writer.write(sent.subarray(at, at + 100_000));
    }
    await writer.close();
  })();
  const received = await readAll(near);
  await Promise.all([sending, echo]);
  assert.ok(received.every((byte, i) => byte === sent[i]) && received.length === sent.length);
  assert.deepEqual(await pumping, { aToB: sent.length, bToA: sent.length });
});

Deno.test("duplexFromConn: abort closes the socket at once, though the peer does not read", async () => {
  using pair = await sockets();
  const near = duplexFromConn(pair.near);
  const writer = near.writable.getWriter();
  const stuck = writer.write(new Uint8Array(64 << 20));
  const reading = near.readable.getReader().read();
  const reason = new Error("enough");
  await Promise.allSettled([writer.abort(reason), stuck]);
  await assert.rejects(reading, reason);
  assert.ok(isClosed(pair.near));
});

Deno.test("duplexFromConn: a cancelled readable leaves the writable open", async () => {
  using pair = await sockets();
  const [near, far] = [duplexFromConn(pair.near), duplexFromConn(pair.far)];
  await near.readable.cancel();
  const writer = near.writable.getWriter();
  await writer.write(Uint8Array.of(5));
  await writer.close();
  assert.deepEqual(await readAll(far), Uint8Array.of(5));
  assert.ok(isClosed(pair.near));
});

Deno.test("duplexFromConn: a broken connection fails both ends and closes the socket", async () => {
  const broken = new Deno.errors.ConnectionReset("Connection reset by peer");
  let closes = 0;
  const duplex = duplexFromConn({
    read: () => Promise.reject(broken),
    write: (p) => Promise.resolve(p.length),
    closeWrite: () => Promise.resolve(),
    close: () => void closes++,
  });
  await assert.rejects(duplex.readable.getReader().read(), broken);
  await assert.rejects(duplex.writable.getWriter().write(Uint8Array.of(1)), broken);
  assert.equal(closes, 1);
});

Deno.test("duplexFromConn: after a failed write the rest can still be read", async () => {
  const broken = new Deno.errors.BrokenPipe("Broken pipe");
  let closes = 0;
  const incoming = [3, null];
  const duplex = duplexFromConn({
    read: () => Promise.resolve(incoming.shift()!),
    write: () => Promise.reject(broken),
    closeWrite: () => Promise.resolve(),
    close: () => void closes++,
  });
  await assert.rejects(duplex.writable.getWriter().write(Uint8Array.of(1)), broken);
  assert.equal(closes, 0);
  assert.equal((await readAll(duplex)).length, 3);
  assert.equal(closes, 1);
});

Deno.test("duplexFromConn writes on where a short write stopped", async () => {
  const written: number[] = [];
  const duplex = duplexFromConn({
    read: () => Promise.resolve(null),
    write: (p) => {
      const count = Math.min(3, p.length);
      written.push(...p.subarray(0, count));
      return Promise.resolve(count);
    },
    closeWrite: () => Promise.resolve(),
    close: () => {},
  });
  await duplex.writable.getWriter().write(Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  assert.deepEqual(written, [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("duplexFromConn never overwrites a chunk that was read", async () => {
  using pair = await sockets();
  const [near, far] = [duplexFromConn(pair.near), duplexFromConn(pair.far)];
  const reader = far.readable.getReader();
  const writer = near.writable.getWriter();
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < 100; i++) {
    await writer.write(new Uint8Array(10_000).fill(i));
    let bytes = 0;
    while (bytes < 10_000) {
      const { value } = await reader.read();
      chunks.push(value!);
      bytes += value!.length;
    }
  }
  const all = await new Blob(chunks as Uint8Array<ArrayBuffer>[]).bytes();
  assert.ok(all.every((byte, i) => byte === Math.floor(i / 10_000)));
  await writer.close();
  await far.writable.close();
  assert.equal((await reader.read()).done, true);
  assert.equal((await near.readable.getReader().read()).done, true);
});
