import assert from "node:assert/strict";
import type { Row } from "./row.ts";
import { formatFigure, renderMarkdown, renderText, renderVerdict } from "./table.ts";
import { ratioAtMost, valueAtMost } from "./target.ts";

const met: Row = {
  id: "unary-p50",
  metric: "unary call, p50",
  unit: "µs",
  ours: { median: 41.25, min: 39, max: 60 },
  peer: { median: 388, min: 383, max: 389 },
  peerName: "upstream, async",
  ratio: 0.1063,
  target: ratioAtMost(0.3),
  met: true,
  samples: { ours: [39, 41.25, 60], peer: [388, 383, 389] },
  errors: [],
};
const missed: Row = { ...met, id: "x", metric: "a|b", met: false, target: valueAtMost(5) };
const unmeasured: Row = {
  ...met,
  id: "y",
  peer: null,
  ratio: null,
  met: null,
  errors: ["no venv"],
};
const informing: Row = { ...met, id: "z", target: null, met: null };

Deno.test("the text table lines its columns up and shows median, extremes, ratio and verdict", () => {
  const [headings, rule, first] = renderText([met, missed]).split("\n");
  assert.equal(
    first,
    "unary call, p50  µs    41.3 (39.0–60.0)  388 (383–389)  upstream, async  0.106×  ≤ 0.3×  yes",
  );
  assert.equal(headings.indexOf("peer's name"), first.indexOf("upstream"));
  assert.equal(rule.replaceAll(/[- ]/g, ""), "");
});

Deno.test("a missed target stands out and a figure not measured is a dash", () => {
  assert.match(renderText([missed]), /≤ 5 µs {2}NO$/m);
  assert.match(renderText([unmeasured]), /– {2}upstream, async {6}– {2}≤ 0\.3× {2}\?$/m);
});

Deno.test("a reason for missing figures is given once, with all its rows", () => {
  const text = renderText([unmeasured, { ...unmeasured, id: "y2" }]);
  assert.match(text, /^not measured \(y, y2\): no venv$/m);
});

Deno.test("the Markdown table has one line a row and escapes bars", () => {
  const lines = renderMarkdown([met, missed]).trimEnd().split("\n");
  assert.equal(lines.length, 4);
  assert.match(lines[1], /^\| --- \| --- \| ---: \| ---: \| --- \| ---: \| --- \| --- \|$/);
  assert.match(lines[3], /^\| a\\\|b \|/);
});

Deno.test("the verdict counts only rows with a target", () => {
  assert.equal(
    renderVerdict([met, missed, unmeasured, informing]),
    "1 of 3 targets met, 1 missed, 1 not measured",
  );
});

Deno.test("figures have three significant digits or their whole integer part", () => {
  assert.deepEqual(
    [0, 0.1234, 1.234, 12.34, 123.4, 126345.6, -0.5].map(formatFigure),
    ["0", "0.123", "1.23", "12.3", "123", "126346", "-0.500"],
  );
});
