import assert from "node:assert/strict";
import fc from "fast-check";
import type { Field } from "../fields.ts";
import { DynamicTable, fieldSize } from "./dynamic_table.ts";

/** The table of RFC 7541 §4, written down as plainly as possible: newest first. */
class Model {
  entries: Field[] = [];
  constructor(public maxSize: number) {}

  get size(): number {
    return this.entries.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  insert(entry: Field): void {
    this.entries.unshift(entry);
    this.setMaxSize(this.maxSize);
  }

  setMaxSize(maxSize: number): void {
    this.maxSize = maxSize;
    while (this.size > maxSize) this.entries.pop();
  }
}

const operation = fc.oneof(
  { weight: 9, arbitrary: fc.record({ value: fc.nat(200).map((length) => "v".repeat(length)) }) },
  { weight: 1, arbitrary: fc.record({ maxSize: fc.nat(6000) }) },
);

Deno.test("the table holds, evicts and numbers its entries as RFC 7541 §4 says", () => {
  fc.assert(fc.property(fc.array(operation, { maxLength: 300, size: "max" }), (operations) => {
    const evicted: number[] = [];
    const table = new DynamicTable(4096, (_entry, number) => evicted.push(number));
    const model = new Model(4096);
    for (const step of operations) {
      const { version } = table;
      if ("value" in step) {
        const entry: Field = ["name", step.value];
        assert.equal(table.insert(entry), fieldSize(...entry) <= model.maxSize);
        model.insert(entry);
      } else {
        table.setMaxSize(step.maxSize);
        model.setMaxSize(step.maxSize);
      }
      assert.notEqual(table.version, version);
      assert.equal(table.length, model.entries.length);
      assert.equal(table.size, model.size);
      assert.equal(table.maxSize, model.maxSize);
      assert.equal(table.at(model.entries.length), undefined);
      model.entries.forEach((entry, position) => assert.equal(table.at(position), entry));
      assert.equal(table.inserted, evicted.length + table.length);
    }
    assert.deepEqual(evicted, evicted.map((_, i) => i + 1));
  }));
});
