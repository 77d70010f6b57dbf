import assert from "node:assert/strict";
import { findTool, requireTool } from "./tool.ts";
import { runTool } from "./process.ts";

Deno.test("a tool on PATH is found, with its folder", () => {
  assert.match(findTool("sh") ?? "", /^\/.*\/sh$/);
  assert.equal(findTool("deno"), Deno.execPath());
});

Deno.test("a tool that is missing is named, with the way to install it", () => {
  assert.equal(findTool("no-such-judge"), undefined);
  assert.throws(() => requireTool("no-such-judge"), /Cannot find no-such-judge/);
});

/** Runs a test file that has one test with a missing tool. */
async function runTestFile(env: Record<string, string>): Promise<{ code: number; output: string }> {
  const file = await Deno.makeTempFile({ suffix: "_test.ts" });
  try {
    const tool = new URL("./tool.ts", import.meta.url).href;
    await Deno.writeTextFile(
      file,
      `import { testWith } from "${tool}"; testWith("a claim", ["no-such-judge"], () => {});`,
    );
    const args = ["test", "-A", "--no-check", "--no-lock", file];
    return await runTool(Deno.execPath(), { args, env: { NO_COLOR: "1", ...env } });
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("a test whose tool is missing is ignored, and says why", async () => {
  const { code, output } = await runTestFile({ CI: "" });
  assert.equal(code, 0, output);
  assert.match(output, /a claim \[needs no-such-judge.*\] \.\.\. ignored/);
});

Deno.test("on CI a test whose tool is missing fails", async () => {
  const { code, output } = await runTestFile({ CI: "true" });
  assert.equal(code, 1, output);
  assert.match(output, /missing tools: no-such-judge/);
});
