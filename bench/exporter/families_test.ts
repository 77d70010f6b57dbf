import assert from "node:assert/strict";
import { exporterFamilies } from "./families.ts";

const rows = exporterFamilies().flatMap((family) => family.rows);

Deno.test("every row of the exporter bench has an id of its own", () => {
  assert.equal(new Set(rows.map((row) => row.id)).size, rows.length);
});

Deno.test("a ratio of the exporter bench has figures of the same kind on both sides", () => {
  for (const { id, target, ours, peer } of rows) {
    if (target?.of === "ratio") assert.equal(ours.field, peer.field, id);
  }
});

Deno.test("measurements of one family of the exporter bench have names of their own", () => {
  for (const family of exporterFamilies()) {
    const taken = new Set(family.rows.flatMap((row) => [row.ours.of, row.peer.of]));
    assert.equal(new Set([...taken].map((measurement) => measurement.name)).size, taken.size);
  }
});
