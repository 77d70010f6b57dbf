import assert from "node:assert/strict";
import { PACE_LEAST, PACE_STALL_MS } from "./limits.ts";
import { Pace, Path } from "./pace.ts";

/** Runs `body` with a clock that stands still until told otherwise. */
function withClock(body: (forward: (ms: number) => void) => void): void {
  const real = performance.now;
  let now = real.call(performance);
  performance.now = () => now;
  try {
    body((ms) => now += ms);
  } finally {
    performance.now = real;
  }
}

/** Sends until the pace says no; returns how much went. */
function sendAll(pace: Pace): number {
  let sent = 0;
  while (pace.mayGo) {
    pace.sent(65_536);
    sent += 65_536;
  }
  pace.held();
  return sent;
}

Deno.test("a stream has no more under way than the least, until it hears something", () => {
  withClock(() => {
    const pace = new Pace(new Path());
    assert.equal(sendAll(pace), PACE_LEAST);
    assert.equal(pace.mayGo, false);
    pace.acknowledged(65_536);
    assert.equal(pace.mayGo, true);
  });
});

Deno.test("a held stream that hears nothing may have twice as much under way after a while", () => {
  withClock((forward) => {
    const pace = new Pace(new Path());
    sendAll(pace);
    assert.equal(pace.tick(performance.now()), false);
    forward(PACE_STALL_MS + 1);
    assert.equal(pace.tick(performance.now()), true);
    assert.equal(sendAll(pace), PACE_LEAST);
  });
});

Deno.test("prompt acknowledgements let it grow, late ones let it shrink, never below the least", () => {
  withClock((forward) => {
    const path = new Path();
    const pace = new Pace(path);
    for (let i = 0; i < 10; i++) {
      const sent = sendAll(pace);
      forward(1);
      pace.acknowledged(sent);
    }
    const grown = path.limit;
    assert.ok(grown > PACE_LEAST);
    for (let i = 0; i < 50; i++) {
      const sent = sendAll(pace);
      forward(100);
      pace.acknowledged(sent);
    }
    assert.ok(path.limit < grown);
    assert.ok(path.limit >= PACE_LEAST);
  });
});

Deno.test("it waits for nobody who acknowledges rarely: twice the finest acknowledgement may be under way", () => {
  withClock((forward) => {
    const pace = new Pace(new Path());
    let sent = sendAll(pace);
    for (let i = 0; i < 4; i++) {
      forward(PACE_STALL_MS + 1);
      assert.equal(pace.tick(performance.now()), true);
      sent += sendAll(pace);
    }
    pace.acknowledged(sent);
    assert.ok(sendAll(pace) >= 2 * sent);
  });
});

Deno.test("a new stream starts with what the path is known to carry", () => {
  withClock((forward) => {
    const path = new Path();
    const first = new Pace(path);
    sendAll(first);
    forward(PACE_STALL_MS + 1);
    first.tick(performance.now());
    assert.equal(sendAll(new Pace(path)), 2 * PACE_LEAST);
  });
});
