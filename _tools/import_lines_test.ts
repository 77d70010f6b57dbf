import assert from "node:assert/strict";
import { importLines } from "./import_lines.ts";

// Put together from parts, so that the import check does not take them for imports of this file.
const I = "import";
const E = "export";

Deno.test("importLines finds every form of import", () => {
  const source = [
    `${I} "./side_effect.ts";`,
    `${I} fc from "fast-check";`,
    `${I} * as http from "node:http";`,
    `${I} {\n  a,\n  type B,\n} from "./a.ts";`,
    `${I} type { T } from "./types_only.ts";`,
    `${I} { type T, type U as V } from "./types_named.ts";`,
    `${E} * from "./all.ts";`,
    `${E} { c } from './c.ts';`,
    `const d = await ${I}("./d.ts");`,
    `${E} const from = "x";`,
    ` * ${I} { inComment } from "./comment.ts";`,
    `// ${I}("./comment.ts")`,
  ].join("\n");
  assert.deepEqual(importLines(source), [
    { specifier: "./side_effect.ts", typeOnly: false },
    { specifier: "fast-check", typeOnly: false },
    { specifier: "node:http", typeOnly: false },
    { specifier: "./a.ts", typeOnly: false },
    { specifier: "./types_only.ts", typeOnly: true },
    { specifier: "./types_named.ts", typeOnly: true },
    { specifier: "./all.ts", typeOnly: false },
    { specifier: "./c.ts", typeOnly: false },
    { specifier: "./d.ts", typeOnly: false },
  ]);
});

Deno.test("importLines does not run from one statement into the next", () => {
  const source = `${E} function f(): void {}\n${E} const text = "./not_an_import.ts";\n`;
  assert.deepEqual(importLines(source), []);
});
