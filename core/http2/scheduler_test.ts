import assert from "node:assert/strict";
import fc from "fast-check";
import { Scheduler, type Sender } from "./scheduler.ts";

/** Sends `left` frames, and writes its name down for each. */
class Frames implements Sender {
  inLine = false;
  constructor(readonly name: string, public left: number, readonly log: string[]) {}
  sendOne(): boolean {
    this.log.push(this.name);
    this.left--;
    return this.left > 0;
  }
}

const always = () => true;

Deno.test("streams send in turn, one frame each", () => {
  const log: string[] = [];
  const scheduler = new Scheduler();
  for (const [name, frames] of [["a", 3], ["b", 1], ["c", 2]] as const) {
    scheduler.add(new Frames(name, frames, log));
  }
  scheduler.run(always);
  assert.equal(log.join(""), "abcaca");
});

Deno.test("a stream in line is not put in line again", () => {
  const log: string[] = [];
  const scheduler = new Scheduler();
  const sender = new Frames("a", 1, log);
  scheduler.add(sender);
  scheduler.add(sender);
  scheduler.run(always);
  assert.equal(log.join(""), "a");
  assert.equal(sender.inLine, false);
});

Deno.test("whoever comes later waits for one round at most, whatever the others have to send", () => {
  const log: string[] = [];
  const scheduler = new Scheduler();
  for (const name of "abc") scheduler.add(new Frames(name, Infinity, log));
  let turns = 10;
  scheduler.run(() => turns-- > 0);
  const before = log.length;
  scheduler.add(new Frames("x", 1, log));
  turns = 10;
  scheduler.run(() => turns-- > 0);
  assert.ok(log.indexOf("x") - before <= 3, log.join(""));
});

Deno.test("a line that had to stop goes on where it stopped", () => {
  const log: string[] = [];
  const scheduler = new Scheduler();
  for (const name of "abcd") scheduler.add(new Frames(name, 2, log));
  for (let i = 0; i < 8; i++) {
    let once = true;
    scheduler.run(() => once && !(once = false));
  }
  assert.equal(log.join(""), "abcdabcd");
});

Deno.test("a stream may put others in line, or run the line, while it sends", () => {
  const log: string[] = [];
  const scheduler = new Scheduler();
  const late = new Frames("late", 1, log);
  scheduler.add({
    inLine: false,
    sendOne: () => {
      log.push("first");
      scheduler.add(late);
      scheduler.run(always);
      return false;
    },
  });
  scheduler.add(new Frames("second", 1, log));
  scheduler.run(always);
  assert.deepEqual(log, ["first", "second", "late"]);
});

Deno.test("a stream may be taken out of the line, also by another one that sends", () => {
  const log: string[] = [];
  const scheduler = new Scheduler();
  const [a, b, c] = ["a", "b", "c"].map((name) => new Frames(name, 2, log));
  const remover = { inLine: false, sendOne: () => (scheduler.remove(b), false) };
  for (const sender of [a, remover, b, c]) scheduler.add(sender);
  scheduler.remove(new Frames("never there", 1, log));
  scheduler.run(always);
  assert.equal(log.join(""), "acac");
  assert.equal(b.inLine, false);
  scheduler.add(b);
  scheduler.run(always);
  assert.equal(log.join(""), "acacbb");
});

Deno.test("shares are equal to one frame over any plan of stops", () => {
  const plan = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), plan, (count, stops) => {
    const log: string[] = [];
    const scheduler = new Scheduler();
    for (let i = 0; i < count; i++) scheduler.add(new Frames(String(i), Infinity, log));
    for (const stop of stops) {
      let turns = stop;
      scheduler.run(() => turns-- > 0);
    }
    const shares = new Map<string, number>();
    for (const name of log) shares.set(name, (shares.get(name) ?? 0) + 1);
    const all = [...shares.values(), ...Array(count - shares.size).fill(0)];
    assert.ok(Math.max(...all) - Math.min(...all) <= 1);
    assert.equal(log.length, stops.reduce((sum, stop) => sum + stop, 0));
  }));
});
