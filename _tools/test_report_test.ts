import assert from "node:assert/strict";
import { closingLines, readTestOutput } from "./test_report.ts";
import { runDeno } from "./command.ts";

/** Runs `deno test` on one file with this content. */
async function run(source: string): Promise<ReturnType<typeof readTestOutput>> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a_test.ts`, source);
    const args = ["test", "-A", "--no-config", "--no-check", "--parallel", folder];
    const { output, code } = await runDeno(args);
    return readTestOutput(output, code);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the counts are those of deno test, steps aside", async () => {
  const report = await run(`
    Deno.test("good", async (t) => { await t.step("one", () => {}); });
    Deno.test("bad", () => { throw new Error("x") });
    Deno.test({ name: "lame [needs h2spec (go > 1)]", ignore: true, fn() {} });
  `);
  assert.deepEqual(report, { passed: 1, failed: 1, skipped: ["lame [needs h2spec (go > 1)]"] });
});

Deno.test("a file that does not load or compile is a failure", async () => {
  assert.equal((await run(`throw new Error("x");`)).failed, 1);
  assert.equal((await run(`const = 1;`)).failed, 1);
});

Deno.test("the last line has the counts, those before name what is missing", () => {
  assert.deepEqual(closingLines({ passed: 3, failed: 0, skipped: [] }), {
    lines: ["3 passed, 0 failed"],
    ok: true,
  });
  assert.deepEqual(closingLines({ passed: 3, failed: 1, skipped: ["a [needs b]"] }), {
    lines: ["skipped: a [needs b]", "3 passed, 1 failed, 1 skipped"],
    ok: false,
  });
});

Deno.test("a test that was just switched off fails the run", () => {
  const { lines, ok } = closingLines({ passed: 3, failed: 0, skipped: ["a"] });
  assert.equal(ok, false);
  assert.equal(lines.at(-1), "3 passed, 1 failed");
});
