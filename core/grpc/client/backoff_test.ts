import assert from "node:assert/strict";
import fc from "fast-check";
import { backoffMs, DEFAULT_BACKOFF } from "./backoff.ts";

Deno.test("waits grow by the multiplier from the first to the longest", () => {
  const middle = (): number => 0.5;
  assert.equal(backoffMs(1, {}, middle), 1000);
  assert.equal(backoffMs(2, {}, middle), 1600);
  assert.equal(Math.round(backoffMs(3, {}, middle)), 2560);
  assert.equal(backoffMs(12, {}, middle), 120_000);
  assert.equal(backoffMs(100_000, {}, middle), 120_000);
});

Deno.test("jitter keeps each wait within its share", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 1e6 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (failures, random) => {
      const plain = backoffMs(failures, { jitter: 0 });
      const wait = backoffMs(failures, {}, () => random);
      assert.ok(Math.abs(wait - plain) <= plain * DEFAULT_BACKOFF.jitter + 1e-6);
    },
  ));
});
