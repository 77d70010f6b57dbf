import assert from "node:assert/strict";
import fc from "fast-check";
import { didYouMean, editDistance, nearest } from "./mod.ts";

Deno.test("the edit distance is a distance", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(fc.property(word, word, (a, b) => {
    const distance = editDistance(a, b);
    assert.equal(distance, editDistance(b, a));
    assert.equal(distance === 0, a === b);
    assert.ok(distance >= Math.abs(a.length - b.length));
    assert.ok(distance <= Math.max(a.length, b.length));
  }));
});

Deno.test("two letters that changed places are one mistake", () => {
  assert.equal(editDistance("hsot", "host"), 1);
});

Deno.test("what was meant is named first, what is far is not named", () => {
  assert.deepEqual(nearest("metdata", ["token", "metadata", "meta"]), ["metadata"]);
  assert.deepEqual(nearest("x", ["token", "metadata"]), []);
});

Deno.test("neither case nor hyphens keep a word from being found", () => {
  assert.equal(
    didYouMean("methodsDescription", ["methods_description", "description"]),
    "did you mean 'methods_description'?",
  );
  assert.equal(didYouMean("zzz", ["a"]), undefined);
});
