import assert from "node:assert/strict";
import type { Measurement, PairSpec } from "./measurement.ts";
import type { ProcessPair } from "./process_pair.ts";
import type { RowSpec } from "./row.ts";
import { runSuite, type SuiteOptions } from "./suite.ts";

const options: SuiteOptions = { runs: 3, quick: false, only: [], onProgress: () => {} };

function counting(name: string, log: string[], value: (sample: number) => number): Measurement {
  let taken = 0;
  return {
    name,
    sample: () => {
      log.push(name);
      return Promise.resolve({ figure: value(taken++) });
    },
  };
}

function row(id: string, ours: Measurement, peer: Measurement): RowSpec {
  return {
    id,
    metric: id,
    unit: "µs",
    ours: { of: ours, field: "figure" },
    peer: { of: peer, field: "figure" },
    peerName: "peer",
    target: null,
  };
}

Deno.test("ours and peer take turns in every run, and a shared measurement runs once", async () => {
  const log: string[] = [];
  const [a, b, c] = ["a", "b", "c"].map((name) => counting(name, log, (sample) => sample));
  await runSuite([{ name: "f", rows: [row("one", a, b), row("two", a, c)] }], options);
  assert.deepEqual(log.join(""), "abc".repeat(4));
});

Deno.test("the warm-up sample is thrown away", async () => {
  const warmedUp = counting("a", [], (sample) => sample === 0 ? 1000 : sample);
  const [result] = await runSuite([{ name: "f", rows: [row("r", warmedUp, warmedUp)] }], options);
  assert.deepEqual(result.samples.ours, [1, 2, 3]);
});

Deno.test("a smoke run has no warm-up", async () => {
  const log: string[] = [];
  const a = counting("a", log, () => 1);
  const quick = { ...options, runs: 1, quick: true };
  await runSuite([{ name: "f", rows: [row("r", a, a)] }], quick);
  assert.equal(log.length, 1);
});

Deno.test("a measurement that fails is not tried again and says why in its rows only", async () => {
  let tries = 0;
  const good = counting("good", [], () => 5);
  const bad: Measurement = {
    name: "bad",
    sample: () => Promise.reject(new Error(`no ${++tries}`)),
  };
  const rows = [row("both", good, bad), row("fine", good, good)];
  const [both, fine] = await runSuite([{ name: "f", rows }], options);
  assert.equal(tries, 1);
  assert.deepEqual(both.errors, ["no 1"]);
  assert.equal(both.ours?.median, 5);
  assert.equal(both.peer, null);
  assert.deepEqual(fine.errors, []);
  assert.equal(fine.ratio, 1);
});

Deno.test("only rows whose id begins as asked are measured", async () => {
  const log: string[] = [];
  const [a, b] = ["a", "b"].map((name) => counting(name, log, () => 1));
  const families = [{ name: "f", rows: [row("unary-p50", a, a), row("echo", b, b)] }];
  const rows = await runSuite(families, { ...options, only: ["unary"] });
  assert.deepEqual(rows.map(({ id }) => id), ["unary-p50"]);
  assert.ok(!log.includes("b"));
});

Deno.test("a figure can be taken off in the same run", async () => {
  const link = counting("link", [], () => 50);
  const ours = counting("ours", [], (sample) => 50 + sample);
  const spec = row("r", ours, ours);
  const added = { ...spec, ours: { ...spec.ours, minus: link } };
  const [result] = await runSuite([{ name: "f", rows: [added] }], options);
  assert.deepEqual(result.samples.ours, [1, 2, 3]);
});

Deno.test("a pair is started once in a family and closed at its end", async () => {
  const events: string[] = [];
  const spec: PairSpec = {
    name: "pair",
    start: () => {
      events.push("start");
      const pair = { [Symbol.asyncDispose]: () => Promise.resolve(void events.push("close")) };
      return Promise.resolve(pair as unknown as ProcessPair);
    },
  };
  const measurement: Measurement = {
    name: "m",
    async sample(context) {
      await context.pair(spec);
      events.push("sample");
      return { figure: 1 };
    },
  };
  const rows = [row("r", measurement, measurement)];
  await runSuite([{ name: "f", rows }], { ...options, runs: 1 });
  assert.deepEqual(events, ["start", "sample", "sample", "close"]);
});
