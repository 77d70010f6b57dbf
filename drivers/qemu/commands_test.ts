import { deepEqual, equal, match } from "node:assert/strict";
import { runTool, type ToolResult } from "@jumpstarter/testing/process";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import { Composite } from "@jumpstarter/core/driver";
import { Qemu } from "./driver.ts";

const J = new URL("../../cli/j.ts", import.meta.url).href;

/** Runs `j` on a device. */
function j({ address }: ServedDevice, ...args: string[]): Promise<ToolResult> {
  return runTool(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-check", J, ...args],
    env: { JUMPSTARTER_HOST: address, JMP_DRIVERS_ALLOW: "UNSAFE", JMP_GRPC_INSECURE: "1" },
  });
}

Deno.test("j resizes a board, shows it, flashes and dumps its images", async () => {
  await using device = await serveDriver(Composite, {
    children: { board: { definition: Qemu, config: { arch: "aarch64" } } },
  });
  const folder = await Deno.makeTempDir();
  try {
    const run = async (...args: string[]): Promise<string> => {
      const { code, output } = await j(device, "board", ...args);
      equal(code, 0, output);
      return output;
    };
    equal(await run("resize", "disk", "20G"), "Disk will be resized to 20G on next power on\n");
    equal(await run("resize", "memory", "1G"), "Memory will be set to 1G on next power on\n");
    equal(await run("status"), "power: off\n");
    deepEqual(JSON.parse(await run("status", "-o", "json")), { power: "off" });
    await Deno.writeTextFile(`${folder}/image`, "an image");
    await run("flasher", "flash", "-t", `bios:${folder}/image`);
    await run("flasher", "dump", "--target", "bios", `${folder}/dumped`);
    equal(await Deno.readTextFile(`${folder}/dumped`), "an image");
    const { code, output } = await j(device, "board", "resize", "disk", "lots");
    equal(code, 1);
    match(output, /Invalid size: 'lots'/);
    const missing = await j(device, "board", "flasher", "flash", "oci://registry/board:1");
    equal(missing.code, 1);
    match(missing.output, /fls command not found/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
