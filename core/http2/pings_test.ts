import assert from "node:assert/strict";
import { Pings } from "./pings.ts";

/** Pings whose frames are kept. */
function collect(): { pings: Pings; sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  return { pings: new Pings((data) => sent.push(data)), sent };
}

Deno.test("each answer finds its ping, in any order", async () => {
  const { pings, sent } = collect();
  const first = pings.send();
  const second = pings.send();
  const order: string[] = [];
  first.then(() => order.push("first"));
  second.then(() => order.push("second"));
  pings.answered(sent[1]);
  assert.ok(await second >= 0);
  pings.answered(sent[0]);
  assert.ok(await first >= 0);
  assert.deepEqual(order, ["second", "first"]);
});

Deno.test("answers that nobody waits for are told apart", async () => {
  const { pings, sent } = collect();
  const ping = pings.send();
  assert.equal(pings.answered(new Uint8Array(8)), false);
  assert.equal(pings.answered(new Uint8Array(8).fill(0xff)), false);
  const strange = sent[0].slice();
  strange[0] = 1;
  assert.equal(pings.answered(strange), false);
  assert.equal(pings.answered(sent[0]), true);
  assert.equal(pings.answered(sent[0]), false);
  await ping;
});

Deno.test("a signal gives a ping up, and its answer is passed over", async () => {
  const { pings, sent } = collect();
  const controller = new AbortController();
  const ping = pings.send(controller.signal);
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(ping, reason);
  pings.answered(sent[0]);
  await assert.rejects(pings.send(controller.signal), reason);
  assert.equal(sent.length, 1);
});

Deno.test("all pings fail with the connection", async () => {
  const { pings } = collect();
  const all = [pings.send(), pings.send()];
  const reason = new Error("over");
  pings.fail(reason);
  for (const ping of all) await assert.rejects(ping, reason);
});
