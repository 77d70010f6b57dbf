import assert from "node:assert/strict";
import { docProblems } from "./check_docs.ts";
import { runDeno } from "./command.ts";

/** What `deno doc --lint` prints about a module. */
async function lint(source: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/mod.ts`, source);
    const { output } = await runDeno(["doc", "--lint", `${folder}/mod.ts`]);
    return output;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an export without a comment fails, with one it passes", async () => {
  const bare = await lint("export function f(): void {}\n");
  assert.match(
    docProblems(bare, () => true)[0],
    /mod\.ts:1:\d+: .*missing JSDoc.*\(missing-jsdoc\)/,
  );
  const documented = await lint("/** Does nothing. */\nexport function f(): void {}\n");
  assert.deepEqual(docProblems(documented, () => true), []);
});

Deno.test("a type that is used in public but not exported fails when it is ours", async () => {
  const source =
    "interface Hidden {}\n/** Gives it. */\nexport function f(): Hidden {\n  return {};\n}\n";
  const output = await lint(source);
  assert.match(docProblems(output, (name) => name === "Hidden")[0], /private type 'Hidden'/);
  assert.deepEqual(docProblems(output, () => false), []);
});

Deno.test("a member that overrides another needs no comment of its own", async () => {
  const output = await lint(
    '/** Breaks. */\nexport class Broken extends Error {\n  override name = "Broken";\n  code = 1;\n}\n',
  );
  assert.deepEqual(docProblems(output, () => true).map((line) => line.replace(/.*mod/, "mod")), [
    "mod.ts:4:3: exported symbol is missing JSDoc documentation (missing-jsdoc)",
  ]);
});

Deno.test("generated code is not asked", () => {
  const output = "error[missing-jsdoc]: exported symbol is missing\n" +
    "  --> proto/gen/a_pb.ts:1:1\n  |\n1 | export const a = 1;\n";
  assert.equal(docProblems(output.replace("gen/", ""), () => true).length, 1);
  assert.deepEqual(docProblems(output, () => true), []);
});
