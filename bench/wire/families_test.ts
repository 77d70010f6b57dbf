import assert from "node:assert/strict";
import { wireFamilies } from "./families.ts";

const rows = wireFamilies().flatMap((family) => family.rows);

Deno.test("every row has an id of its own", () => {
  assert.equal(new Set(rows.map((row) => row.id)).size, rows.length);
});

Deno.test("a ratio has figures of the same kind on both sides", () => {
  for (const { id, target, ours, peer } of rows) {
    if (target?.of !== "ratio" || id === "unary-p99") continue;
    assert.equal(ours.field, peer.field, id);
  }
});

Deno.test("measurements of one family have names of their own", () => {
  for (const family of wireFamilies()) {
    const taken = new Set(family.rows.flatMap((row) => [row.ours.of, row.peer.of]));
    assert.equal(new Set([...taken].map((measurement) => measurement.name)).size, taken.size);
  }
});
