import assert from "node:assert/strict";
import fc from "fast-check";
import { SendQueue } from "./send_queue.ts";

/** Takes `octets` and returns the pieces as they were handed over, joined. */
function take(queue: SendQueue, octets: number): number[] {
  const out: number[] = [];
  queue.take(octets, (a, b) => out.push(...a ?? [], ...b ?? []));
  return out;
}

const part = fc.option(fc.uint8Array({ maxLength: 40 }));

Deno.test("what was put in comes out, in order, whatever is taken at a time", () => {
  const runs = fc.array(fc.tuple(part, part), { maxLength: 200 })
    .map((all) => all.filter(([a, b]) => (a?.length ?? 0) + (b?.length ?? 0) > 0));
  fc.assert(fc.property(runs, fc.infiniteStream(fc.integer({ min: 1, max: 60 })), (all, sizes) => {
    const queue = new SendQueue();
    const expected: number[] = [];
    for (const [head, body] of all) {
      queue.push(head, body);
      expected.push(...head ?? [], ...body ?? []);
    }
    assert.equal(queue.bytes, expected.length);
    const got: number[] = [];
    while (!queue.isEmpty) {
      const octets = Math.min(sizes.next().value!, queue.firstLength);
      got.push(...take(queue, octets));
      assert.equal(queue.bytes, expected.length - got.length);
    }
    assert.deepEqual(got, expected);
    assert.equal(queue.bytes, 0);
  }));
});

Deno.test("what stood together stays together: a run ends where it was handed over", () => {
  const queue = new SendQueue();
  queue.push(Uint8Array.of(1), Uint8Array.of(2, 3));
  queue.push(null, Uint8Array.of(4));
  assert.equal(queue.firstLength, 3);
  assert.deepEqual(take(queue, 2), [1, 2]);
  assert.equal(queue.firstLength, 1);
  assert.deepEqual(take(queue, 1), [3]);
  assert.equal(queue.firstLength, 1);
});

Deno.test("heads are copied, bodies are not", () => {
  const queue = new SendQueue();
  const head = Uint8Array.of(1), body = Uint8Array.of(2);
  queue.push(head, body);
  head[0] = 9;
  queue.take(2, (a, b) => {
    assert.deepEqual([...a!], [1]);
    assert.equal(b!.buffer, body.buffer);
  });
});

Deno.test("a queue that was cleared is empty and may be used again", () => {
  const queue = new SendQueue();
  for (let i = 0; i < 100; i++) queue.push(null, Uint8Array.of(i));
  take(queue, 1);
  queue.clear();
  assert.equal(queue.isEmpty, true);
  assert.equal(queue.bytes, 0);
  queue.push(null, Uint8Array.of(5));
  assert.deepEqual(take(queue, 1), [5]);
});

Deno.test("a queue that never runs empty does not grow", () => {
  const queue = new SendQueue();
  const body = new Uint8Array(10);
  queue.push(null, body);
  for (let i = 0; i < 100_000; i++) {
    queue.push(null, body);
    take(queue, 10);
  }
  assert.equal(queue.bytes, 10);
});
