import assert from "node:assert/strict";
import fc from "fast-check";
import { ChunkQueue } from "./chunk_queue.ts";

function takeAll(queue: ChunkQueue, most = Infinity): number[] {
  const bytes: number[] = [];
  while (queue.length > 0 && bytes.length < most) {
    const chunk = queue.first();
    const count = Math.min(chunk.length - queue.offset, most - bytes.length, queue.length);
    bytes.push(...chunk.subarray(queue.offset, queue.offset + count));
    queue.skip(count);
  }
  return bytes;
}

Deno.test("chunk queue gives back what was pushed, in order, however it is pushed, settled and taken", () => {
  const step = fc.oneof(
    fc.record({
      push: fc.integer({ min: 0, max: 700 }),
      buffer: fc.integer({ min: 0, max: 4000 }),
    }),
    fc.record({ take: fc.integer({ min: 1, max: 900 }) }),
    fc.constant({ settle: true as const }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const queue = new ChunkQueue();
    const model: number[] = [];
    let next = 0;
    for (const step of steps) {
      if ("push" in step) {
        const buffer = new Uint8Array(step.push + step.buffer);
        const chunk = buffer.subarray(step.buffer >> 1, (step.buffer >> 1) + step.push);
        for (let i = 0; i < chunk.length; i++) chunk[i] = next = (next + 1) % 251;
        model.push(...chunk);
        queue.push(chunk);
      } else if ("take" in step) {
        assert.deepEqual(takeAll(queue, step.take), model.splice(0, step.take));
      } else {
        queue.settle();
      }
      assert.equal(queue.length, model.length);
    }
    assert.deepEqual(takeAll(queue), model);
  }));
});

Deno.test("chunk queue does not pin the buffer of a small chunk that stays", () => {
  const queue = new ChunkQueue();
  const buffer = new Uint8Array(256 * 1024);
  for (let i = 0; i < 10_000; i++) {
    queue.push(buffer.subarray(i, i + 3));
    queue.settle();
  }
  let memory = 0;
  const seen = new Set<ArrayBufferLike>();
  while (queue.length > 0) {
    const chunk = queue.first();
    assert.notEqual(chunk.buffer, buffer.buffer);
    if (!seen.has(chunk.buffer)) memory += chunk.buffer.byteLength;
    seen.add(chunk.buffer);
    queue.skip(Math.min(chunk.length - queue.offset, queue.length));
  }
  assert.ok(memory <= 4 * 30_000 + 512, `${memory} bytes for 30,000`);
});

Deno.test("chunk queue hands out a chunk that is taken at once without a copy", () => {
  const queue = new ChunkQueue();
  const buffer = new Uint8Array(1000);
  queue.push(buffer.subarray(10, 20));
  assert.equal(queue.first().buffer, buffer.buffer);
});

Deno.test("chunk queue keeps a chunk that fills most of its buffer without a copy", () => {
  const queue = new ChunkQueue();
  const big = new Uint8Array(64 * 1024);
  queue.push(big);
  queue.settle();
  assert.equal(queue.first(), big);
});
