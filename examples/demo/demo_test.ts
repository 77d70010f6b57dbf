import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runTool } from "@jumpstarter/testing/process";

const DEMO = fileURLToPath(new URL("demo.ts", import.meta.url));

async function runDemo(...args: string[]): Promise<string> {
  const { code, output } = await runTool(Deno.execPath(), {
    args: ["run", "-A", "-q", DEMO, ...args],
    deadlineMs: 60_000,
  });
  assert.equal(code, 0, output);
  assert.match(output, /\nAll steps worked, in \d+\.\d s\.\n$/);
  return output;
}

Deno.test("the demo comes to its end with the best board that there is", async () => {
  assert.match(await runDemo(), /^The board is .*\n[^]*power off/);
});

Deno.test("the demo needs neither QEMU nor U-Boot", async () => {
  assert.match(await runDemo("--virtual"), /^The board is the built-in virtual board/);
});
