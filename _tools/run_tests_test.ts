import assert from "node:assert/strict";
import { runDeno } from "./command.ts";
import { ROOT } from "./repository.ts";

/** Runs `deno task test` on one file with this content. */
async function run(source: string): Promise<{ code: number; lastLine?: string }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a_test.ts`, source);
    const script = `${ROOT}/_tools/run_tests.ts`;
    const { code, stdout } = await runDeno(["run", "-A", script, `${folder}/a_test.ts`]);
    return { code, lastLine: stdout.trimEnd().split("\n").at(-1) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("tests that pass end with the counts and code 0", async () => {
  const source = `Deno.test("a", () => {});\nDeno.test("b", () => {});\n`;
  assert.deepEqual(await run(source), { code: 0, lastLine: "2 passed, 0 failed" });
});

Deno.test("a test that fails ends the run with code 1", async () => {
  const source = `Deno.test("a", () => { throw new Error("x"); });\n`;
  assert.deepEqual(await run(source), { code: 1, lastLine: "0 passed, 1 failed" });
});

Deno.test("a test that leaves a timer behind fails", async () => {
  const source = `Deno.test("a", () => { setTimeout(() => {}, 1e6); });\n`;
  assert.deepEqual(await run(source), { code: 1, lastLine: "0 passed, 1 failed" });
});
