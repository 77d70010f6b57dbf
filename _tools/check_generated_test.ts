import assert from "node:assert/strict";
import { staleFiles } from "./check_generated.ts";

Deno.test("generated code that is up to date passes", () => {
  const files = new Map([["proto/gen/a_pb.ts", "a"]]);
  assert.deepEqual(staleFiles(files, new Map(files)), []);
});

Deno.test("code that differs, is missing or has lost its source fails", () => {
  const committed = new Map([["a_pb.ts", "old"], ["gone_pb.ts", "x"]]);
  const fresh = new Map([["a_pb.ts", "new"], ["added_pb.ts", "x"]]);
  const problems = staleFiles(committed, fresh);
  assert.equal(problems.length, 3);
  assert.match(problems[0], /a_pb\.ts: is not what its \.proto file gives/);
  assert.match(problems[1], /gone_pb\.ts: has no \.proto file/);
  assert.match(problems[2], /added_pb\.ts: is missing/);
});
