import assert from "node:assert/strict";
import { mayWork, whenTurned, worked } from "./work_budget.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

Deno.test("work is over for this turn after some messages, and goes on in the next", async () => {
  await turn();
  let messages = 0;
  for (; mayWork(); messages++) worked();
  assert.ok(messages <= 256);
  let turned = false;
  whenTurned(() => turned = mayWork());
  await Promise.resolve();
  assert.equal(turned, false);
  await turn();
  assert.equal(turned, true);
});

Deno.test("a decompressed megabyte is a turn's work", async () => {
  await turn();
  worked(1 << 20);
  assert.equal(mayWork(), false);
  await new Promise<void>(whenTurned);
  assert.equal(mayWork(), true);
});
