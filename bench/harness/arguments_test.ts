import assert from "node:assert/strict";
import { parseBenchArguments } from "./arguments.ts";

Deno.test("a bare name means five full runs of all rows", () => {
  const { suite, runs, quick, only, list, json, markdown } = parseBenchArguments(["wire"]);
  assert.deepEqual([suite, runs, quick, only, list], ["wire", 5, false, [], false]);
  assert.deepEqual([json, markdown], [undefined, undefined]);
});

Deno.test("all options are read", () => {
  const parsed = parseBenchArguments([
    ...["wire", "--json", "a.json", "--markdown", "a.md"],
    ...["--runs", "3", "--only", "unary, ping", "--quick", "--list"],
  ]);
  assert.equal(parsed.runs, 3);
  assert.deepEqual(parsed.only, ["unary", "ping"]);
  assert.deepEqual([parsed.json, parsed.markdown], ["a.json", "a.md"]);
  assert.ok(parsed.quick && parsed.list);
});

Deno.test("a smoke run takes one sample unless told otherwise", () => {
  assert.equal(parseBenchArguments(["wire", "--quick"]).runs, 1);
  assert.equal(parseBenchArguments(["wire", "--quick", "--runs", "2"]).runs, 2);
});

Deno.test("misuse is refused with the value that is wrong", () => {
  assert.throws(() => parseBenchArguments([]), /exactly one NAME/);
  assert.throws(() => parseBenchArguments(["a", "b"]), /current value is 'a b'/);
  assert.throws(() => parseBenchArguments(["wire", "--runs", "0"]), /current value is '0'/);
  assert.throws(() => parseBenchArguments(["wire", "--nope"]), /nope/);
});
