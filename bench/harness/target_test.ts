import assert from "node:assert/strict";
import {
  formatTarget,
  isMet,
  ratioAtLeast,
  ratioAtMost,
  valueAtLeast,
  valueAtMost,
} from "./target.ts";

Deno.test("a ratio target looks at the ratio, a value target at our figure", () => {
  assert.equal(isMet(ratioAtMost(0.3), 100, 0.29), true);
  assert.equal(isMet(ratioAtMost(0.3), 0.1, 0.31), false);
  assert.equal(isMet(ratioAtLeast(5), 1, 5.2), true);
  assert.equal(isMet(ratioAtLeast(5), 9, 4.9), false);
  assert.equal(isMet(valueAtMost(5), 4, 100), true);
  assert.equal(isMet(valueAtLeast(256), 255, 100), false);
});

Deno.test("the bound itself meets the target", () => {
  assert.equal(isMet(ratioAtMost(1), null, 1), true);
  assert.equal(isMet(valueAtLeast(5), 5, null), true);
});

Deno.test("a target is neither met nor missed without its figure", () => {
  assert.equal(isMet(ratioAtMost(1), 5, null), null);
  assert.equal(isMet(valueAtMost(1), null, 5), null);
});

Deno.test("a target is shown with its sign and unit", () => {
  assert.equal(formatTarget(ratioAtMost(0.3), "µs"), "≤ 0.3×");
  assert.equal(formatTarget(valueAtLeast(256), "MiB/s"), "≥ 256 MiB/s");
});
