import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runTool } from "@jumpstarter/testing/process";

Deno.test("the demo comes to its end, and so does its exporter", async () => {
  const script = fileURLToPath(new URL("demo.ts", import.meta.url));
  const { code, output } = await runTool(Deno.execPath(), { args: ["run", "-A", "-q", script] });
  assert.equal(code, 0, output);
  assert.match(output, /All answers were right\.\n$/);
});
