import assert from "node:assert/strict";
import type { Measurement } from "./measurement.ts";
import { buildRow, type RowSpec } from "./row.ts";
import { ratioAtMost, valueAtMost } from "./target.ts";

const measurement: Measurement = { name: "m", sample: () => Promise.resolve({}) };

const spec: RowSpec = {
  id: "unary-p50",
  metric: "unary call, p50",
  unit: "µs",
  ours: { of: measurement, field: "p50" },
  peer: { of: measurement, field: "p50" },
  peerName: "upstream",
  target: ratioAtMost(0.3),
};

Deno.test("the ratio of a row is that of the medians", () => {
  const row = buildRow(spec, { ours: [30, 20, 900], peer: [100, 120, 80] }, []);
  assert.deepEqual(row.ours, { median: 30, min: 20, max: 900 });
  assert.equal(row.ratio, 0.3);
  assert.equal(row.met, true);
});

Deno.test("a row without the peer's figures has no ratio and no verdict on one", () => {
  const row = buildRow(spec, { ours: [30], peer: [] }, ["peer: no venv"]);
  assert.equal(row.peer, null);
  assert.equal(row.ratio, null);
  assert.equal(row.met, null);
  assert.deepEqual(row.errors, ["peer: no venv"]);
});

Deno.test("a bound on our own figure is judged without the peer", () => {
  const row = buildRow({ ...spec, target: valueAtMost(5000) }, { ours: [30], peer: [] }, []);
  assert.equal(row.met, true);
});

Deno.test("a peer's figure of zero and figures below zero give no ratio", () => {
  assert.equal(buildRow(spec, { ours: [30], peer: [0] }, []).ratio, null);
  assert.equal(buildRow(spec, { ours: [-3], peer: [2] }, []).ratio, null);
  assert.equal(buildRow(spec, { ours: [3], peer: [-2] }, []).ratio, null);
});

Deno.test("a row without a target has no verdict", () => {
  assert.equal(buildRow({ ...spec, target: null }, { ours: [1], peer: [1] }, []).met, null);
});
