import assert from "node:assert/strict";
import { ClosedStreams } from "./closed_streams.ts";
import { REMEMBERED_ENDS, REMEMBERED_RESETS } from "./limits.ts";

Deno.test("how a stream ended is remembered", () => {
  const closed = new ClosedStreams();
  closed.add(1, "both ended");
  closed.add(3, "local reset");
  closed.add(5, "remote reset");
  assert.equal(closed.closedBy(1), "both ended");
  assert.equal(closed.closedBy(3), "local reset");
  assert.equal(closed.closedBy(5), "remote reset");
  assert.equal(closed.closedBy(7), undefined);
});

Deno.test("the oldest are forgotten, resets and ends each for themselves", () => {
  const closed = new ClosedStreams();
  closed.add(1, "both ended");
  closed.add(3, "local reset");
  for (let i = 0; i < REMEMBERED_ENDS - 1; i++) closed.add(101 + 2 * i, "remote reset");
  assert.equal(closed.closedBy(1), "both ended");
  closed.add(9_999, "both ended");
  assert.equal(closed.closedBy(1), undefined);
  for (let i = 0; i < REMEMBERED_RESETS - 1; i++) closed.add(10_001 + 2 * i, "local reset");
  assert.equal(closed.closedBy(3), "local reset");
  closed.add(99_999, "local reset");
  assert.equal(closed.closedBy(3), undefined);
});
