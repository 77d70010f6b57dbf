import assert from "node:assert/strict";
import fc from "fast-check";
import { ReceiveWindow, SendWindow } from "./flow.ts";
import { MAX_WINDOW, WINDOW_UPDATE_SHARE } from "./limits.ts";

Deno.test("a send window takes 2^31-1 octets and not one more", () => {
  const window = new SendWindow(65_535);
  assert.equal(window.grow(MAX_WINDOW - 65_535), true);
  assert.equal(window.available, MAX_WINDOW);
  assert.equal(window.grow(1), false);
});

Deno.test("a send window becomes negative when SETTINGS make it smaller, and grows out of it", () => {
  const window = new SendWindow(100);
  window.available -= 80;
  assert.equal(window.grow(-50), true);
  assert.equal(window.available, -30);
  assert.equal(window.grow(31), true);
  assert.equal(window.available, 1);
});

Deno.test("a receive window takes all it announced and not one octet more", () => {
  const window = new ReceiveWindow(1000);
  assert.equal(window.receive(999), true);
  assert.equal(window.receive(1), true);
  assert.equal(window.receive(1), false);
});

Deno.test("slack is for a peer that does not know the size yet, and does not come back", () => {
  const window = new ReceiveWindow(100, 50);
  assert.equal(window.receive(150), true);
  assert.equal(window.consume(150), 150);
  assert.equal(window.receive(150), true);
  assert.equal(window.receive(1), false);
});

Deno.test("a receive window is given back in steps worth a frame", () => {
  const step = 10;
  const window = new ReceiveWindow(step * WINDOW_UPDATE_SHARE);
  window.receive(step * 3);
  assert.equal(window.consume(step - 1), 0);
  assert.equal(window.consume(1), step);
  assert.equal(window.consume(2 * step), 2 * step);
});

Deno.test("a receive window of one octet, or of none, still works", () => {
  const one = new ReceiveWindow(1);
  assert.equal(one.receive(1), true);
  assert.equal(one.consume(1), 1);
  assert.equal(one.receive(1), true);
  assert.equal(new ReceiveWindow(0).receive(1), false);
});

Deno.test("both ends of a window agree whatever is sent and consumed, and nothing gets lost", () => {
  const steps = fc.array(
    fc.record({ send: fc.nat({ max: 4000 }), consume: fc.nat({ max: 4000 }) }),
    { maxLength: 200 },
  );
  fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), steps, (size, plan) => {
    const sender = new SendWindow(size);
    const receiver = new ReceiveWindow(size);
    let held = 0;
    let returned = 0;
    for (const { send, consume } of plan) {
      const sent = Math.min(send, sender.available);
      sender.available -= sent;
      assert.equal(receiver.receive(sent), true);
      held += sent;
      const done = Math.min(consume, held);
      held -= done;
      const increment = receiver.consume(done);
      returned += done - increment;
      assert.equal(sender.grow(increment), true);
      // What the sender may send, what is held and what waits for an announcement make up the window.
      assert.equal(sender.available + held + returned, size);
      // What waits for an announcement is less than a step.
      assert.ok(returned < Math.max(1, size / WINDOW_UPDATE_SHARE));
    }
  }));
});
