import assert from "node:assert/strict";
import fc from "fast-check";
import { median, percentile, summarize } from "./statistics.ts";

const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });

Deno.test("median is the middle value of an odd count, whatever the order", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([7]), 7);
});

Deno.test("median is the mean of the two middle values of an even count", () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

Deno.test("median leaves its argument as it was", () => {
  const given = [3, 1, 2];
  median(given);
  assert.deepEqual(given, [3, 1, 2]);
});

Deno.test("percentile is a measured value with at least that share at or below it", () => {
  fc.assert(fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, fraction) => {
    const found = percentile(list, fraction);
    assert.ok(list.includes(found));
    assert.ok(list.filter((value) => value <= found).length >= fraction * list.length - 1e-9);
  }));
});

Deno.test("percentile 0.99 of 1 to 100 is 99, percentile 1 is the largest", () => {
  const list = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.equal(percentile(list, 0.99), 99);
  assert.equal(percentile(list, 0.5), 50);
  assert.equal(percentile(list, 1), 100);
  assert.equal(percentile(list, 0), 1);
});

Deno.test("summarize keeps the median between the extremes", () => {
  fc.assert(fc.property(values, (list) => {
    const { min, median: middle, max } = summarize(list);
    assert.ok(min <= middle && middle <= max);
    assert.ok(list.includes(min) && list.includes(max));
  }));
});

Deno.test("statistics of nothing are refused", () => {
  assert.throws(() => median([]), RangeError);
  assert.throws(() => percentile([], 0.5), RangeError);
  assert.throws(() => summarize([]), RangeError);
  assert.throws(() => percentile([1], 1.5), /current value is '1.5'/);
});
