import fc from "fast-check";
import assert from "node:assert/strict";
import { RingBuffer } from "./ring.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** What a ring must do, with no ring: all bytes ever written, and where those held begin. */
class Model {
  readonly all: number[] = [];
  readonly base: number;
  readonly capacity: number;

  constructor(capacity: number, base: number) {
    this.capacity = capacity;
    this.base = base;
  }

  get end(): number {
    return this.base + this.all.length;
  }

  get start(): number {
    return Math.max(this.base, this.end - this.capacity);
  }

  read(offset: number, max: number): { offset: number; bytes: Uint8Array; lost: number } {
    const from = Math.max(offset, this.start);
    const at = Math.min(from - this.base, this.all.length);
    return {
      offset: from,
      bytes: Uint8Array.from(this.all.slice(at, at + max)),
      lost: from - offset,
    };
  }
}

const anyBase = fc.oneof(
  fc.constant(0),
  fc.nat(1_000_000),
  // Exact to the end of the safe integers.
  fc.integer({ min: Number.MAX_SAFE_INTEGER - 2_000, max: Number.MAX_SAFE_INTEGER - 1_000 }),
);

Deno.test("RingBuffer does what a simple model does", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      anyBase,
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }).map((write) => ({ write })),
          fc.tuple(fc.integer({ min: -50, max: 20 }), fc.nat(50)).map(([fromEnd, max]) => ({
            fromEnd,
            max,
          })),
        ),
        { maxLength: 15 },
      ),
      (capacity, base, steps) => {
        const ring = new RingBuffer(capacity, base);
        const model = new Model(capacity, base);
        for (const step of steps) {
          if ("write" in step) {
            ring.write(step.write);
            model.all.push(...step.write);
          } else {
            const offset = Math.max(0, model.end + step.fromEnd);
            assert.deepEqual(ring.read(offset, step.max), model.read(offset, step.max));
          }
          assert.equal(ring.start, model.start);
          assert.equal(ring.end, model.end);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("RingBuffer tails: what is read and what is told to be lost is all that was written", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      anyBase,
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 10 }),
      fc.array(fc.boolean(), { maxLength: 20 }),
      async (capacity, base, writes, turns) => {
        const ring = new RingBuffer(capacity, base);
        const written = writes.flatMap((write) => [...write]);
        // A place is null where the reader was told that a byte is lost.
        const got: (number | null)[] = [];
        const reader = ring.tail(base, {
          onLost: (lost, offset) => {
            assert.equal(offset, base + got.length);
            got.push(...new Array(lost).fill(null));
          },
        }).getReader();
        const rest = writes.slice();
        for (const write of turns) {
          if (write && rest.length > 0) ring.write(rest.shift()!);
          else if (base + got.length < ring.end) got.push(...(await reader.read()).value!);
        }
        for (const write of rest) ring.write(write);
        ring.close();
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          got.push(...value);
        }
        assert.equal(got.length, written.length);
        got.forEach((byte, i) => assert.ok(byte === null || byte === written[i]));
        assert.deepEqual(got.slice(-capacity), written.slice(-capacity));
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("RingBuffer.read gives a copy", () => {
  const ring = new RingBuffer(3);
  ring.write(bytes(1, 2, 3));
  const { bytes: read } = ring.read(0);
  ring.write(bytes(4, 5, 6));
  assert.deepEqual(read, bytes(1, 2, 3));
});

Deno.test("RingBuffer.read says how many bytes were lost", () => {
  const ring = new RingBuffer(4);
  ring.write(bytes(1, 2, 3, 4, 5, 6));
  assert.deepEqual(ring.read(1), { offset: 2, bytes: bytes(3, 4, 5, 6), lost: 1 });
  assert.deepEqual(ring.read(6), { offset: 6, bytes: bytes(), lost: 0 });
});

Deno.test("RingBuffer refuses offsets and capacities out of range", () => {
  assert.throws(() => new RingBuffer(0), RangeError);
  assert.throws(() => new RingBuffer(1.5), RangeError);
  assert.throws(() => new RingBuffer(1, -1), RangeError);
  const ring = new RingBuffer(1);
  for (const offset of [-1, 0.5, NaN, 2 ** 53]) {
    assert.throws(() => ring.read(offset), RangeError);
    assert.throws(() => ring.tail(offset), RangeError);
  }
});

Deno.test("RingBuffer.wait resolves with the write that brings its byte, not before", async () => {
  const ring = new RingBuffer(10);
  const waits = [ring.wait(0), ring.wait(2), ring.wait(3)];
  const done: number[] = [];
  waits.forEach((wait, i) => wait.then(() => done.push(i)));
  ring.write(bytes(1, 2));
  await waits[0];
  assert.deepEqual(done, [0]);
  ring.write(bytes(3));
  await waits[1];
  assert.deepEqual(done, [0, 1]);
  ring.write(bytes(4));
  assert.equal(await waits[2], true);
  assert.equal(await ring.wait(3), true);
});

Deno.test("RingBuffer.close ends waits and tails, and keeps what is held", async () => {
  const ring = new RingBuffer(10);
  ring.write(bytes(1, 2));
  const wait = ring.wait(2);
  const tail = new Response(ring.tail() as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
  ring.close();
  ring.close();
  assert.equal(ring.closed, true);
  assert.equal(await wait, false);
  assert.equal(await ring.wait(2), false);
  assert.deepEqual(await tail, bytes(1, 2));
  assert.deepEqual(ring.read(0).bytes, bytes(1, 2));
  assert.throws(() => ring.write(bytes(3)), /Cannot write to ring buffer: it is closed/);
});

Deno.test("RingBuffer.wait ends with its signal", async () => {
  const ring = new RingBuffer(10);
  const controller = new AbortController();
  const reason = new Error("lease is over");
  const wait = ring.wait(0, { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(wait, reason);
  await assert.rejects(ring.wait(0, { signal: controller.signal }), reason);
  ring.write(bytes(1));
});

Deno.test("RingBuffer.tail follows the writer", async () => {
  const ring = new RingBuffer(10);
  ring.write(bytes(1, 2));
  const reader = ring.tail(1).getReader();
  assert.deepEqual((await reader.read()).value, bytes(2));
  const read = reader.read();
  ring.write(bytes(3));
  assert.deepEqual((await read).value, bytes(3));
  const last = reader.read();
  ring.close();
  assert.equal((await last).done, true);
});

Deno.test("RingBuffer.tail ends with its signal and on cancel", async () => {
  const ring = new RingBuffer(10);
  const controller = new AbortController();
  const reason = new Error("lease is over");
  const aborted = ring.tail(0, { signal: controller.signal }).getReader().read();
  const cancelled = ring.tail().getReader();
  const read = cancelled.read();
  controller.abort(reason);
  await assert.rejects(aborted, reason);
  await cancelled.cancel();
  assert.equal((await read).done, true);
  ring.write(bytes(1));
});

Deno.test("RingBuffer: a tail that nobody reads neither grows nor holds up the writer", async () => {
  const ring = new RingBuffer(1_000);
  let lost = 0;
  const reader = ring.tail(0, { onLost: (count) => lost += count }).getReader();
  for (let i = 0; i < 1_000; i++) ring.write(new Uint8Array(1_000).fill(i));
  const { value } = await reader.read();
  assert.equal(lost, 999_000);
  assert.deepEqual(value, new Uint8Array(1_000).fill(999));
  await reader.cancel();
});
