import assert from "node:assert/strict";
import fc from "fast-check";
import { jobHeader, SinkJobs, SourceJobs } from "./byte_jobs.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 8 });
const cuts = fc.array(fc.nat({ max: 20 }), { maxLength: 40 });

Deno.test("a sink counts every job once, however its bytes were cut", () => {
  fc.assert(fc.property(lengths, cuts, (jobs, sizes) => {
    const bytes = jobs.flatMap((length) => [...jobHeader(length), ...new Uint8Array(length)]);
    const sink = new SinkJobs();
    let finished = 0;
    for (const piece of pieces(Uint8Array.from(bytes), sizes)) finished += sink.feed(piece);
    assert.equal(finished, jobs.length);
  }));
});

Deno.test("a sink does not count a job whose last byte is missing", () => {
  const sink = new SinkJobs();
  assert.equal(sink.feed(jobHeader(3)), 0);
  assert.equal(sink.feed(new Uint8Array(2)), 0);
  assert.equal(sink.feed(new Uint8Array(1)), 1);
});

Deno.test("a source reads the lengths asked for, however their bytes were cut", () => {
  const wanted = fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { maxLength: 8 });
  fc.assert(fc.property(wanted, cuts, (jobs, sizes) => {
    const bytes = Uint8Array.from(jobs.flatMap((length) => [...jobHeader(length)]));
    const source = new SourceJobs();
    const seen: number[] = [];
    for (const piece of pieces(bytes, sizes)) seen.push(...source.feed(piece));
    assert.deepEqual(seen, jobs);
  }));
});

function* pieces(bytes: Uint8Array, sizes: number[]): Generator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at = Math.min(bytes.length, at + size);
  }
  yield bytes.subarray(at);
}
