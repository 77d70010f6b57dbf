import assert from "node:assert/strict";
import { checkImports } from "./check_imports.ts";
import type { Member } from "./members.ts";

const members: Member[] = [
  { folder: "proto", config: { name: "@jumpstarter/proto", exports: { "./v1": "./v1/mod.ts" } } },
  {
    folder: "core",
    config: {
      name: "@jumpstarter/core",
      exports: { "./http2": "./http2/mod.ts", "./grpc": "./grpc/mod.ts" },
    },
  },
  {
    folder: "testing",
    config: { name: "@jumpstarter/testing", exports: { "./tool": "./tool.ts" } },
  },
];

/** The problems of one file that imports `specifiers`. */
function problemsOf(path: string, ...specifiers: string[]): string[] {
  const source = specifiers.map((specifier) => `${"import"} "${specifier}";\n`).join("");
  return checkImports(new Map([[path, source]]), members);
}

Deno.test("an import along the arrows, through the door, passes", () => {
  assert.deepEqual(problemsOf("core/grpc/call.ts", "../http2/mod.ts", "../stream/mod.ts"), []);
  assert.deepEqual(
    problemsOf("core/grpc/call.ts", "./server/door.ts", "../http2/internal_mod.ts"),
    [],
  );
  assert.deepEqual(problemsOf("core/grpc/call.ts", "@jumpstarter/proto/v1", "node:zlib"), []);
  assert.deepEqual(problemsOf("cli/run.ts", "@jumpstarter/core/grpc", "@connectrpc/connect"), []);
  assert.deepEqual(problemsOf("drivers/dutlink/driver.ts", "../power/mod.ts"), []);
});

Deno.test("an import against the arrows fails", () => {
  assert.match(
    problemsOf("core/http2/a.ts", "../grpc/mod.ts")[0],
    /core\/http2 may not import core\/grpc/,
  );
  assert.match(problemsOf("proto/a.ts", "@jumpstarter/core/http2")[0], /proto may not import/);
  for (const zone of ["drivers/power", "controller", "cli"]) {
    assert.equal(problemsOf("core/client/a.ts", `../../${zone}/mod.ts`).length, 1);
  }
  assert.equal(problemsOf("controller/a.ts", "../drivers/power/mod.ts").length, 1);
});

Deno.test("an import past the door of a folder or out of the package fails", () => {
  assert.match(
    problemsOf("core/grpc/a.ts", "../http2/frames.ts")[0],
    /entered through its mod\.ts/,
  );
  assert.match(problemsOf("drivers/a/driver.ts", "../power/driver.ts")[0], /entered through/);
  assert.match(problemsOf("cli/a.ts", "../core/grpc/mod.ts")[0], /leaves the package/);
  assert.match(problemsOf("cli/a.ts", "@jumpstarter/core/secret")[0], /not among its exports/);
});

Deno.test("tests may use testing, other files may not", () => {
  assert.deepEqual(problemsOf("core/http2/a_test.ts", "@jumpstarter/testing/tool"), []);
  assert.deepEqual(problemsOf("core/http2/testing/a.ts", "@jumpstarter/testing/tool"), []);
  assert.deepEqual(problemsOf("core/http2/a_test.ts", "./testing/a.ts"), []);
  assert.equal(problemsOf("core/http2/a.ts", "@jumpstarter/testing/tool").length, 1);
});

Deno.test("nobody imports a test or a program", () => {
  assert.match(problemsOf("core/http2/a.ts", "./b_test.ts")[0], /is a test/);
  assert.match(problemsOf("core/http2/a.ts", "./testing/b.ts")[0], /is a test/);
  assert.match(problemsOf("cli/a.ts", "../_tools/ok.ts")[0], /nobody imports/);
});

Deno.test("foreign registries and versions in the code fail", () => {
  for (const specifier of ["jsr:@std/async", "https://deno.land/x/a.ts", "npm:yaml@2"]) {
    assert.equal(problemsOf("core/http2/a.ts", specifier).length, 1, specifier);
  }
});

Deno.test("Node's HTTP/2 and connect-node are kept out of core, tests aside", () => {
  for (const specifier of ["node:http2", "@connectrpc/connect-node"]) {
    assert.equal(problemsOf("core/grpc/a.ts", specifier).length, 1);
    assert.deepEqual(problemsOf("core/grpc/a_test.ts", specifier), []);
    assert.deepEqual(problemsOf("bench/a.ts", specifier), []);
  }
});

Deno.test("a folder without a place in the house fails", () => {
  assert.match(problemsOf("core/shiny/a.ts")[0], /core\/shiny has no place/);
});

Deno.test("a cycle fails, one of types alone does not", () => {
  const a = `${"import"} { b } from "./b.ts";`;
  const cyclic = new Map([["core/http2/a.ts", a], [
    "core/http2/b.ts",
    `${"import"} { a } from "./a.ts";`,
  ]]);
  assert.match(
    checkImports(cyclic, members)[0],
    /a cycle: .*a\.ts imports .*b\.ts imports .*a\.ts/,
  );
  const typed = new Map([["core/http2/a.ts", a], [
    "core/http2/b.ts",
    `${"import"} type { A } from "./a.ts";`,
  ]]);
  assert.deepEqual(checkImports(typed, members), []);
});
