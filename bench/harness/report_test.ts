import assert from "node:assert/strict";
import { describeMachine } from "./machine.ts";
import { type Report, reportJson, reportMarkdown } from "./report.ts";
import { ratioAtMost } from "./target.ts";

const report: Report = {
  suite: "wire",
  runs: 5,
  quick: false,
  machine: { ...describeMachine(), date: "2026-01-02T03:04:05.000Z", loadBefore: [0.5, 1, 2] },
  loadAfter: [1.5, 1, 2],
  rows: [{
    id: "unary-p50",
    metric: "unary call, p50",
    unit: "µs",
    ours: { median: 41, min: 39, max: 60 },
    peer: { median: 388, min: 383, max: 389 },
    peerName: "upstream",
    ratio: 41 / 388,
    target: ratioAtMost(0.3),
    met: true,
    samples: { ours: [41], peer: [388] },
    errors: [],
  }],
};

Deno.test("the JSON report reads back as it was", () => {
  assert.deepEqual(JSON.parse(reportJson(report)), JSON.parse(JSON.stringify(report)));
});

Deno.test("a JSON row has our figure, the peer's, its name, the ratio, the target and the verdict", () => {
  const [row] = JSON.parse(reportJson(report)).rows;
  for (const key of ["metric", "unit", "ours", "peer", "peerName", "ratio", "target", "met"]) {
    assert.ok(key in row, key);
  }
});

Deno.test("the Markdown report says where, when, how loaded and how many runs", () => {
  const text = reportMarkdown(report);
  assert.match(text, /^2026-01-02, \d+ processors, .*load average 0\.5 before and 1\.5 after/);
  assert.match(text, /Median of 5 runs/);
  assert.match(text, /1 of 1 targets met/);
  assert.doesNotMatch(text, /smoke/);
  assert.match(reportMarkdown({ ...report, quick: true }), /smoke run/);
});
