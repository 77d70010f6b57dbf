import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Duplex } from "./duplex.ts";
import { CHUNK_BYTES, decodeFrame, encodeFrame, FrameError, MAX_FRAME_BYTES } from "./frame.ts";
import { FrameType } from "./frame_type.ts";
import type { MessageStream } from "./message_stream.ts";
import { pump } from "./pump.ts";
import { routerStream } from "./router_stream.ts";

/** One end of a call in memory, which behaves as a gRPC call: windows, half-close, failure, cancel. */
class CallEnd implements MessageStream {
  peer!: CallEnd;
  readonly window: number;
  readonly log: Uint8Array[] = [];
  cancelled: unknown[] = [];
  halfClosed = false;
  waitingBytes = 0;
  #incoming: (Uint8Array | null)[] = [];
  #receiver: { resolve(message: Uint8Array | null): void; reject(reason: unknown): void } | null =
    null;
  #room: (() => void)[] = [];
  #failure: { reason: unknown } | null = null;

  constructor(window: number) {
    this.window = window;
  }

  receive(): Promise<Uint8Array | null> {
    assert.equal(this.#receiver, null, "one receive at a time");
    if (this.#incoming.length > 0) {
      const message = this.#incoming[0];
      if (message !== null) this.#incoming.shift();
      this.peer.waitingBytes -= message?.length ?? 0;
      if (this.peer.waitingBytes < this.peer.window) this.peer.#wake();
      return Promise.resolve(message);
    }
    if (this.#failure) return Promise.reject(this.#failure.reason);
    return new Promise((resolve, reject) => this.#receiver = { resolve, reject });
  }

  send(head: Uint8Array, body?: Uint8Array | null): Promise<void> | undefined {
    if (this.#failure) throw this.#failure.reason;
    const message = new Uint8Array(head.length + (body?.length ?? 0));
    message.set(head);
    if (body) message.set(body, head.length);
    this.log.push(message);
    this.waitingBytes += message.length;
    this.peer.deliver(message);
    if (this.waitingBytes < this.window) return undefined;
    return new Promise((resolve, reject) =>
      this.#room.push(() => this.#failure ? reject(this.#failure.reason) : resolve())
    );
  }

  closeSend(): void {
    this.halfClosed = true;
    this.peer.deliver(null);
  }

  cancel(reason?: unknown): void {
    this.cancelled.push(reason);
    this.fail(reason);
    this.peer.fail(new Error("call was cancelled"));
  }

  deliver(message: Uint8Array | null): void {
    const receiver = this.#receiver;
    if (!receiver) return void this.#incoming.push(message);
    this.#receiver = null;
    this.peer.waitingBytes -= message?.length ?? 0;
    receiver.resolve(message);
  }

  /** The call is over, with an error. */
  fail(reason: unknown): void {
    if (this.#failure) return;
    this.#failure = { reason };
    this.#receiver?.reject(reason);
    this.#receiver = null;
    this.#wake();
  }

  #wake(): void {
    for (const resume of this.#room.splice(0)) resume();
  }
}

function call(window = 256 * 1024): [client: CallEnd, server: CallEnd] {
  const client = new CallEnd(window);
  const server = new CallEnd(window);
  client.peer = server;
  server.peer = client;
  // A handler half-closes by returning.
  (server as MessageStream).closeSend = undefined;
  return [client, server];
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const data = (...values: number[]): Uint8Array => encodeFrame(FrameType.DATA, bytes(...values));
const GOAWAY = encodeFrame(FrameType.GOAWAY);

async function readAll(duplex: Duplex): Promise<Uint8Array> {
  return await new Response(duplex.readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
}

/** Lets all that is ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("routerStream carries bytes both ways", async () => {
  const [client, server] = call();
  const [near, far] = [routerStream(client), routerStream(server)];
  const [there, back] = [near.writable.getWriter(), far.writable.getWriter()];
  await there.write(bytes(1, 2));
  await back.write(bytes(3));
  await there.close();
  await back.close();
  assert.deepEqual(await readAll(far), bytes(1, 2));
  assert.deepEqual(await readAll(near), bytes(3));
});

Deno.test("routerStream sends what upstream sends: DATA, then GOAWAY, then half-close", async () => {
  const [client] = call();
  const writer = routerStream(client).writable.getWriter();
  await writer.write(bytes(1, 2));
  await writer.close();
  assert.deepEqual(client.log, [data(1, 2), GOAWAY]);
  assert.equal(client.halfClosed, true);
});

Deno.test("routerStream on a server ends its direction with GOAWAY alone", async () => {
  const [client, server] = call();
  await routerStream(server).writable.close();
  assert.deepEqual(server.log, [GOAWAY]);
  assert.equal(server.halfClosed, false);
  assert.deepEqual(await client.receive(), GOAWAY);
});

for (const clientFirst of [true, false]) {
  Deno.test(`routerStream keeps one direction open after the other, ${clientFirst ? "client" : "server"} first`, async () => {
    const [client, server] = call();
    const ends = [routerStream(client), routerStream(server)];
    const [first, second] = clientFirst ? ends : ends.toReversed();
    await first.writable.close();
    assert.deepEqual(await readAll(second), bytes());
    const writer = second.writable.getWriter();
    for (let i = 0; i < 100; i++) await writer.write(bytes(i));
    await writer.close();
    assert.equal((await readAll(first)).length, 100);
  });
}

Deno.test("routerStream takes the end of the call for the end of the bytes", async () => {
  const [client, server] = call();
  client.send(data(1));
  client.closeSend();
  assert.deepEqual(await readAll(routerStream(server)), bytes(1));
});

Deno.test("routerStream ignores PING, RST_STREAM, unknown frames and empty DATA", async () => {
  const [client, server] = call();
  const noise = [
    encodeFrame(FrameType.PING),
    encodeFrame(FrameType.PING, bytes(9)),
    encodeFrame(FrameType.RST_STREAM, bytes(9)),
    encodeFrame(99, bytes(9)),
    bytes(),
    data(),
  ];
  const chunks: Uint8Array[] = [];
  for (const frame of noise) client.send(frame);
  client.send(data(1));
  for (const frame of noise) client.send(frame);
  client.send(data(2));
  client.send(GOAWAY);
  for await (const chunk of routerStream(server).readable) chunks.push(chunk);
  assert.deepEqual(chunks, [bytes(1), bytes(2)]);
});

Deno.test("routerStream consumes frames after GOAWAY but never delivers them", async () => {
  const [client, server] = call(1_000);
  client.send(data(1));
  client.send(encodeFrame(FrameType.GOAWAY, bytes(8)));
  assert.deepEqual(await readAll(routerStream(server)), bytes(1));
  for (let i = 0; i < 10; i++) await client.send(encodeFrame(FrameType.DATA, new Uint8Array(900)));
  await settle();
  assert.equal(client.waitingBytes, 0, "the window is open again");
  // Not even bytes that are no frame matter now.
  client.send(bytes(0xff));
  client.closeSend();
});

Deno.test("routerStream splits large chunks, and copies none of them", async () => {
  const [client, server] = call(Infinity);
  const writer = routerStream(client).writable.getWriter();
  const sizes = [1, CHUNK_BYTES, CHUNK_BYTES + 1, 10 * CHUNK_BYTES + 7, 5 << 20];
  const bodies: ArrayBufferLike[] = [];
  const send = client.send.bind(client);
  client.send = (head, body): Promise<void> | undefined => {
    if (body) bodies.push(body.buffer);
    return send(head, body);
  };
  const chunks = sizes.map((size) => new Uint8Array(size).map((_, i) => i % 251));
  for (const chunk of chunks) await writer.write(chunk);
  await writer.close();
  const sent = client.log.map((message) => decodeFrame(message).payload.length);
  assert.deepEqual(sent.slice(0, 4), [1, CHUNK_BYTES, CHUNK_BYTES, 1]);
  assert.ok(Math.max(...sent) <= CHUNK_BYTES);
  assert.deepEqual(new Set(bodies), new Set(chunks.map((chunk) => chunk.buffer)));
  assert.deepEqual(
    Buffer.compare(await readAll(routerStream(server)), await new Blob(chunks).bytes()),
    0,
  );
});

Deno.test("routerStream sends frames of chunkBytes, up to 4 MiB in all", async () => {
  const [client] = call(Infinity);
  const largest = MAX_FRAME_BYTES - 5;
  const writer = routerStream(client, { chunkBytes: largest }).writable.getWriter();
  await writer.write(new Uint8Array(2 * largest + 1));
  assert.deepEqual(client.log.map((message) => message.length), [
    MAX_FRAME_BYTES,
    MAX_FRAME_BYTES,
    3,
  ]);
  for (const chunkBytes of [0, largest + 1, NaN]) {
    assert.throws(() => routerStream(client, { chunkBytes }), RangeError);
  }
});

Deno.test("routerStream waits for the call's window", async () => {
  const [client, server] = call(100_000);
  const writer = routerStream(client).writable.getWriter();
  let written = 0;
  const writes = Array.from(
    { length: 10 },
    () => writer.write(new Uint8Array(30_000)).then(() => written += 30_000),
  );
  await settle();
  assert.equal(written, 90_000);
  assert.ok(client.waitingBytes < 130_000);
  const reading = readAll(routerStream(server));
  await Promise.all(writes);
  await writer.close();
  assert.equal((await reading).length, 300_000);
});

Deno.test("routerStream reads nothing from the call before it is read", async () => {
  const [client, server] = call();
  const far = routerStream(server);
  client.send(data(1));
  client.send(data(2));
  await settle();
  assert.equal(client.waitingBytes, 6);
  const reader = far.readable.getReader();
  await reader.read();
  await settle();
  assert.equal(client.waitingBytes, 3);
  await reader.cancel();
});

Deno.test("routerStream: a failed call fails both directions with its error", async () => {
  const [client] = call();
  const near = routerStream(client);
  const writer = near.writable.getWriter();
  const reading = near.readable.getReader().read();
  const reason = new Error("UNAVAILABLE");
  await settle();
  client.fail(reason);
  await assert.rejects(reading, reason);
  await assert.rejects(writer.closed, reason);
});

Deno.test("routerStream: a call that fails after GOAWAY still fails the writer", async () => {
  const [client, server] = call();
  server.send(GOAWAY);
  const near = routerStream(client);
  assert.deepEqual(await readAll(near), bytes());
  const reason = new Error("UNAVAILABLE");
  client.fail(reason);
  await assert.rejects(near.writable.getWriter().closed, reason);
});

Deno.test("routerStream: a write that waits fails with the call", async () => {
  const [client] = call(10);
  const writer = routerStream(client).writable.getWriter();
  const write = writer.write(new Uint8Array(100));
  await settle();
  const reason = new Error("UNAVAILABLE");
  client.fail(reason);
  await assert.rejects(write, reason);
});

Deno.test("routerStream: a malformed frame cancels the call and fails both directions", async () => {
  const [client, server] = call();
  client.send(bytes(0x0a, 200));
  const far = routerStream(server);
  const writer = far.writable.getWriter();
  await assert.rejects(far.readable.getReader().read(), FrameError);
  await assert.rejects(writer.closed, FrameError);
  assert.ok(server.cancelled[0] instanceof FrameError);
});

Deno.test("routerStream: abort cancels the call at once, though a write and a read wait", async () => {
  const [client, server] = call(10);
  const near = routerStream(client);
  const writer = near.writable.getWriter();
  const write = writer.write(new Uint8Array(100));
  const reading = near.readable.getReader().read();
  await settle();
  const reason = new Error("enough");
  const aborted = writer.abort(reason);
  await assert.rejects(write, reason);
  await assert.rejects(reading, reason);
  await aborted;
  assert.deepEqual(client.cancelled, [reason]);
  await assert.rejects(server.receive().then(() => server.receive()));
});

for (const when of ["before a read", "while a read waits"]) {
  Deno.test(`routerStream: a readable cancelled ${when} throws away what comes, and the other direction goes on`, async () => {
    const [client, server] = call(1_000);
    const near = routerStream(client);
    const far = routerStream(server);
    const reader = near.readable.getReader();
    if (when === "while a read waits") void reader.read();
    await settle();
    await reader.cancel();
    const writer = far.writable.getWriter();
    for (let i = 0; i < 10; i++) await writer.write(new Uint8Array(900));
    const there = near.writable.getWriter();
    await there.write(bytes(1));
    await there.close();
    assert.deepEqual(await readAll(far), bytes(1));
    await writer.close();
    await settle();
    assert.equal(server.waitingBytes, 0);
    assert.deepEqual(client.cancelled, []);
    client.fail(new Error("the call is over"));
  });
}

Deno.test("two router streams and a pump join two byte streams", async () => {
  const [clientA, serverA] = call(10_000);
  const [clientB, serverB] = call(10_000);
  const pumping = pump(routerStream(serverA), routerStream(serverB));
  const [near, far] = [routerStream(clientA), routerStream(clientB)];
  const echo = far.readable.pipeTo(far.writable);
  const writer = near.writable.getWriter();
  const sent = new Uint8Array(1_000_000).map((_, i) => i % 251);
  const sending = (async (): Promise<void> => {
    for (let at = 0; at < sent.length; at += 70_000) {
      await writer.write(sent.subarray(at, at + 70_000));
    }
    await writer.close();
  })();
  assert.deepEqual(await readAll(near), sent);
  await Promise.all([echo, sending]);
  assert.deepEqual(await pumping, { aToB: sent.length, bToA: sent.length });
});
