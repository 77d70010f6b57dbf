/**
 * Tests of a board, with Deno's own test runner:
 *
 *     jmp shell --exporter-config examples/exporters/virtual.yaml -- deno test -A examples/board_suite.ts
 */
import assert from "node:assert/strict";
import { type Device, env } from "@jumpstarter/core";
import { PowerClient } from "@jumpstarter/drivers/power";
import { UbootConsoleClient, type UbootShell } from "@jumpstarter/drivers/uboot";

/** A test that begins at the boot loader's prompt, and leaves the board off. */
function boardTest(name: string, run: (uboot: UbootShell, device: Device) => Promise<void>): void {
  Deno.test(name, async () => {
    await using device = await env();
    try {
      const client = device.get("uboot", UbootConsoleClient);
      await using uboot = await client.rebootToConsole({ offSeconds: 0 });
      await run(uboot, device);
    } finally {
      await device.get("board.power", PowerClient).off();
    }
  });
}

boardTest("the boot loader tells its version", async (uboot) => {
  const [version] = await uboot.runCommandChecked("version");
  assert.match(version, /\d+\.\d+/);
});

boardTest("variables can be set, until the next reset", async (uboot) => {
  await uboot.setEnv("suite", "it's here");
  assert.equal(await uboot.getEnv("suite"), "it's here");
});

boardTest("a variable of another test is gone", async (uboot) => {
  assert.equal(await uboot.getEnv("suite"), undefined);
});

boardTest("a command that fails says so", async (uboot) => {
  await assert.rejects(
    uboot.runCommandChecked("false"),
    /Cannot run 'false': it failed with code 1/,
  );
});
