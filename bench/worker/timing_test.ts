import assert from "node:assert/strict";
import { repeat, sampleLatency, sampleRate } from "./timing.ts";

Deno.test("repeat makes exactly that many calls, never more than so many at a time", async () => {
  let [made, running, most] = [0, 0, 0];
  await repeat(100, 7, async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    made++;
  });
  assert.equal(made, 100);
  assert.equal(most, 7);
});

Deno.test("a latency sample makes at least one call and gives times in µs", async () => {
  const { p50, p99, samples } = await sampleLatency(0, () => Promise.resolve());
  assert.equal(samples, 1);
  assert.ok(p50 <= p99);
});

Deno.test("a rate sample keeps that many calls under way", async () => {
  let [running, most] = [0, 0];
  const { per_s } = await sampleRate(0.02, 5, async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
  });
  assert.equal(most, 5);
  assert.ok(per_s > 0);
});
