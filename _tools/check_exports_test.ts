import assert from "node:assert/strict";
import { checkExports } from "./check_exports.ts";
import type { MemberConfig } from "./members.ts";

const GOOD: MemberConfig = {
  name: "@jumpstarter/core",
  version: "0.1.0",
  license: "Apache-2.0",
  exports: { "./http2": "./http2/mod.ts" },
  publish: { exclude: ["**/*_test.ts"] },
};

function problemsOf(change: MemberConfig, files = ["core/http2/mod.ts"]): string[] {
  return checkExports([{ folder: "core", config: { ...GOOD, ...change } }], files);
}

Deno.test("a package that keeps the rules passes", () => {
  assert.deepEqual(problemsOf({}), []);
  assert.deepEqual(problemsOf({}, ["core/http2/mod.ts", "core/http2/hpack/mod.ts"]), []);
});

Deno.test("a wrong name, version, licence or publish list fails", () => {
  assert.match(
    problemsOf({ name: "@jumpstarter/kore" })[0],
    /current value is '@jumpstarter\/kore'/,
  );
  assert.match(problemsOf({ version: "1" })[0], /version/);
  assert.match(problemsOf({ license: undefined })[0], /license/);
  assert.match(problemsOf({ publish: {} })[0], /publish\.exclude/);
});

Deno.test("an exports map that does not match the files fails", () => {
  assert.match(problemsOf({ exports: {} })[0], /at least one/);
  assert.match(problemsOf({ exports: { "./http2": "./http2/nowhere.ts" } })[0], /no file/);
  assert.match(problemsOf({ exports: { "./Http2": "./http2/mod.ts" } })[0], /lower case/);
  assert.match(
    problemsOf({}, ["core/http2/mod.ts", "core/grpc/mod.ts"])[0],
    /'grpc\/mod\.ts' is missing/,
  );
});

Deno.test("packages of different versions fail", () => {
  const other = { ...GOOD, name: "@jumpstarter/proto", version: "0.2.0" };
  const members = [{ folder: "core", config: GOOD }, { folder: "proto", config: other }];
  const problems = checkExports(members, ["core/http2/mod.ts", "proto/http2/mod.ts"]);
  assert.match(problems[0], /one version: current values are 0\.1\.0,0\.2\.0/);
});
