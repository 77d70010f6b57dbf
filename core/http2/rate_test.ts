import assert from "node:assert/strict";
import { TokenBucket } from "./rate.ts";

/** Takes until there is none left, 10,000 at most. */
function takeAll(bucket: TokenBucket): number {
  let taken = 0;
  while (taken < 10_000 && bucket.take()) taken++;
  return taken;
}

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

Deno.test("a token bucket gives its burst at once and then nothing", () => {
  withClock(() => {
    const bucket = new TokenBucket({ burst: 100, perSecond: 10 });
    assert.equal(takeAll(bucket), 100);
    assert.equal(bucket.take(), false);
  });
});

Deno.test("tokens come back at their rate", () => {
  withClock((forward) => {
    const bucket = new TokenBucket({ burst: 100, perSecond: 10 });
    takeAll(bucket);
    forward(99);
    assert.equal(bucket.take(), false);
    forward(2);
    assert.equal(bucket.take(), true);
    assert.equal(bucket.take(), false);
    forward(1_000);
    assert.equal(takeAll(bucket), 10);
  });
});

Deno.test("a rest does not save up more than a burst", () => {
  withClock((forward) => {
    const bucket = new TokenBucket({ burst: 100, perSecond: 10 });
    takeAll(bucket);
    forward(3_600_000);
    assert.equal(takeAll(bucket), 100);
  });
});

Deno.test("a full bucket that rested gives two bursts at most", () => {
  withClock((forward) => {
    const bucket = new TokenBucket({ burst: 100, perSecond: 10 });
    forward(3_600_000);
    assert.equal(takeAll(bucket), 200);
  });
});

Deno.test("a failed take does not cost what came back so far", () => {
  withClock((forward) => {
    const bucket = new TokenBucket({ burst: 5, perSecond: 1 });
    assert.equal(takeAll(bucket), 5);
    for (let i = 0; i < 9; i++) {
      forward(100);
      assert.equal(bucket.take(), false);
    }
    forward(101);
    assert.equal(bucket.take(), true);
  });
});

Deno.test("credit puts one token back, never above the burst", () => {
  withClock(() => {
    const bucket = new TokenBucket({ burst: 3, perSecond: 0 });
    bucket.credit();
    assert.equal(takeAll(bucket), 3);
    bucket.credit();
    assert.equal(bucket.take(), true);
    assert.equal(bucket.take(), false);
  });
});
