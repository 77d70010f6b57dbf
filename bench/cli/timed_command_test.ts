import assert from "node:assert/strict";
import { wallTime } from "./timed_command.ts";

Deno.test("a command's wall time is at least what it waits", async () => {
  const command: [string, ...string[]] = ["sh", "-c", "sleep 0.05"];
  assert.ok(await wallTime({ command }, 2) >= 50);
});

Deno.test("a command that fails is named with what it said", async () => {
  const command: [string, ...string[]] = ["sh", "-c", "echo no board >&2; exit 3"];
  await assert.rejects(wallTime({ command }, 1), /ended with 3: no board/);
});
