import assert from "node:assert/strict";
import { type Duplex, duplexPair } from "./duplex.ts";
import { pump } from "./pump.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** `near` and `far` are what the users at the two ends hold; `a` and `b` are what the pump joins. */
function joined(): { near: Duplex; a: Duplex; b: Duplex; far: Duplex } {
  const [near, a] = duplexPair({ capacity: 1_000 });
  const [b, far] = duplexPair({ capacity: 1_000 });
  return { near, a, b, far };
}

async function readAll(duplex: Duplex): Promise<Uint8Array> {
  return await new Response(duplex.readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
}

async function send(duplex: Duplex, ...chunks: Uint8Array[]): Promise<void> {
  const writer = duplex.writable.getWriter();
  for (const chunk of chunks) await writer.write(chunk);
  await writer.close();
}

function assertUnlocked(...duplexes: Duplex[]): void {
  for (const duplex of duplexes) {
    assert.equal(duplex.readable.locked, false);
    assert.equal(duplex.writable.locked, false);
  }
}

/** Lets all that is ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("pump carries bytes both ways and counts them", async () => {
  const { near, a, b, far } = joined();
  const pumping = pump(a, b);
  await Promise.all([send(near, bytes(1, 2), bytes(3)), send(far, bytes(4))]);
  assert.deepEqual(await readAll(far), bytes(1, 2, 3));
  assert.deepEqual(await readAll(near), bytes(4));
  assert.deepEqual(await pumping, { aToB: 3, bToA: 1 });
  assertUnlocked(a, b);
});

for (const order of ["a", "b"]) {
  Deno.test(`pump carries half-close to the other side, side ${order} first`, async () => {
    const { near, a, b, far } = joined();
    const [first, second] = order === "a" ? [near, far] : [far, near];
    const pumping = pump(a, b);
    await send(first, bytes(1));
    assert.deepEqual(await readAll(second), bytes(1), "the end arrives before the pump is done");
    await send(second, bytes(2), bytes(3));
    assert.deepEqual(await readAll(first), bytes(2, 3));
    await pumping;
  });
}

Deno.test("pump does not copy chunks", async () => {
  const { near, a, b, far } = joined();
  const pumping = pump(a, b);
  const chunk = new Uint8Array(1 << 20);
  const sent = send(near, chunk);
  const reader = far.readable.getReader();
  assert.equal((await reader.read()).value, chunk);
  await sent;
  await far.writable.close();
  await pumping;
});

Deno.test("pump stops reading when the other side stops, and goes on when it goes on", async () => {
  let read = 0;
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      read++;
      controller.enqueue(new Uint8Array(1_000));
      if (read === 100) controller.close();
    },
  }, { highWaterMark: 0 });
  const [b, far] = duplexPair({ capacity: 10_000 });
  const a: Duplex = { readable: source, writable: new WritableStream() };
  const pumping = pump(a, b);
  await settle();
  // Ten in the pair, one being written, one in the writer's queue, one in the pump's hand.
  assert.ok(read <= 13, `${read} chunks of 1,000 bytes are under way`);
  await far.writable.close();
  assert.equal((await readAll(far)).length, 100_000);
  assert.deepEqual(await pumping, { aToB: 100_000, bToA: 0 });
});

Deno.test("pump keeps one direction going while the other stands still", async () => {
  const { near, a, b, far } = joined();
  const pumping = pump(a, b);
  const blocked = near.writable.getWriter();
  for (let i = 0; i < 100; i++) void blocked.write(new Uint8Array(1_000)).catch(() => {});
  const writer = far.writable.getWriter();
  const reader = near.readable.getReader();
  for (let i = 0; i < 10; i++) {
    await writer.write(bytes(i));
    assert.deepEqual((await reader.read()).value, bytes(i));
  }
  await blocked.abort("done");
  await assert.rejects(pumping);
});

/** A side whose four ways to fail are in the test's hands. */
function brittle(): {
  side: Duplex;
  failReadable(reason: unknown): void;
  failWritable(reason: unknown): void;
  readonly cancelled: unknown;
  readonly aborted: unknown;
} {
  let source: ReadableStreamDefaultController<Uint8Array>;
  let sink: WritableStreamDefaultController;
  let cancelled: unknown;
  let aborted: unknown;
  return {
    side: {
      readable: new ReadableStream<Uint8Array>({
        start: (controller) => void (source = controller),
        cancel: (reason) => void (cancelled = reason),
      }),
      writable: new WritableStream<Uint8Array>({
        start: (controller) => void (sink = controller),
        abort: (reason) => void (aborted = reason),
      }),
    },
    failReadable: (reason) => source.error(reason),
    failWritable: (reason) => sink.error(reason),
    get cancelled(): unknown {
      return cancelled;
    },
    get aborted(): unknown {
      return aborted;
    },
  };
}

for (const broken of ["a", "b"]) {
  for (const end of ["readable", "writable"]) {
    Deno.test(`pump tears both sides down when the ${end} of ${broken} fails, data or no data`, async () => {
      const sides = { a: brittle(), b: brittle() };
      const bad = broken === "a" ? sides.a : sides.b;
      const good = broken === "a" ? sides.b : sides.a;
      const pumping = pump(sides.a.side, sides.b.side);
      const reason = new Error("broken");
      if (end === "readable") bad.failReadable(reason);
      else bad.failWritable(reason);
      await assert.rejects(pumping, reason);
      assert.equal(good.cancelled, reason);
      assert.equal(good.aborted, reason);
      if (end === "readable") assert.equal(bad.aborted, reason);
      else assert.equal(bad.cancelled, reason);
      assertUnlocked(sides.a.side, sides.b.side);
    });
  }
}

Deno.test("pump fails with the error of a write that fails", async () => {
  const { near, a } = joined();
  const reason = new Error("EPIPE");
  const b: Duplex = {
    readable: new ReadableStream(),
    writable: new WritableStream({ write: () => Promise.reject(reason) }),
  };
  const pumping = pump(a, b);
  const sent = send(near, bytes(1));
  await assert.rejects(pumping, reason);
  await sent.catch(() => {});
  await assert.rejects(near.readable.getReader().read(), reason);
});

Deno.test("pump fails with the error of a close that fails", async () => {
  const { near, a } = joined();
  const reason = new Error("ENOTCONN");
  const b: Duplex = {
    readable: new ReadableStream(),
    writable: new WritableStream({ close: () => Promise.reject(reason) }),
  };
  const pumping = pump(a, b);
  await near.writable.close();
  await assert.rejects(pumping, reason);
});

Deno.test("pump: the first of several failures wins", async () => {
  const sides = { a: brittle(), b: brittle() };
  const rejected = assert.rejects(pump(sides.a.side, sides.b.side), { message: "first" });
  sides.b.failWritable(new Error("first"));
  await settle();
  sides.a.failReadable(new Error("second"));
  sides.a.failWritable(new Error("third"));
  await rejected;
});

Deno.test("pump with an aborted signal touches nothing but tears both sides down", async () => {
  const sides = { a: brittle(), b: brittle() };
  const reason = new Error("too late");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(pump(sides.a.side, sides.b.side, { signal }), reason);
  for (const side of [sides.a, sides.b]) {
    assert.equal(side.cancelled, reason);
    assert.equal(side.aborted, reason);
    assertUnlocked(side.side);
  }
});

Deno.test("pump ends on abort while bytes are under way in both directions", async () => {
  const { near, a, b, far } = joined();
  const controller = new AbortController();
  const pumping = pump(a, b, { signal: controller.signal });
  for (const end of [near, far]) {
    const writer = end.writable.getWriter();
    for (let i = 0; i < 10; i++) void writer.write(new Uint8Array(1_000)).catch(() => {});
    writer.closed.catch(() => {});
  }
  await settle();
  const reason = new Error("lease is over");
  controller.abort(reason);
  await assert.rejects(pumping, reason);
  assertUnlocked(a, b);
  await assert.rejects(readAll(near), reason);
  await assert.rejects(readAll(far), reason);
});

Deno.test("pump has no effect on its signal once it is done", async () => {
  const { near, a, b, far } = joined();
  const controller = new AbortController();
  const pumping = pump(a, b, { signal: controller.signal });
  await near.writable.close();
  await far.writable.close();
  await readAll(near);
  await readAll(far);
  await pumping;
  controller.abort();
});

Deno.test("pump gives up on a side that does not wind up", async () => {
  const { near, a } = joined();
  const stuck: Duplex = {
    readable: new ReadableStream({ cancel: () => new Promise(() => {}) }),
    writable: new WritableStream({ write: () => new Promise(() => {}) }),
  };
  const controller = new AbortController();
  const pumping = pump(a, stuck, { signal: controller.signal });
  await near.writable.getWriter().write(bytes(1));
  controller.abort(new Error("enough"));
  await assert.rejects(pumping, { message: "enough" });
  assertUnlocked(a, stuck);
});

Deno.test("pump rejects a side that is in use, and leaves the other one free", async () => {
  const { a, b } = joined();
  const lock = b.writable.getWriter();
  await assert.rejects(pump(a, b), TypeError);
  assertUnlocked(a);
  assert.equal(b.readable.locked, false);
  lock.releaseLock();
  const other = a.writable.getWriter();
  await assert.rejects(pump(a, b), TypeError);
  assertUnlocked(b);
  other.releaseLock();
});
