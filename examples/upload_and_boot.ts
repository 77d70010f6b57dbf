/**
 * Writes a boot loader of this machine to a board, and boots it:
 *
 *     jmp shell --exporter-config examples/exporters/board.yaml -- \
 *       deno run -A examples/upload_and_boot.ts /usr/lib/u-boot/qemu_arm64/u-boot.bin
 */
import { env } from "@jumpstarter/core";
import { PowerClient } from "@jumpstarter/drivers/power";
import { QemuFlasherClient } from "@jumpstarter/drivers/qemu";
import { UbootConsoleClient } from "@jumpstarter/drivers/uboot";

const [image] = Deno.args;
if (image === undefined) {
  console.error("Usage: upload_and_boot.ts IMAGE");
  Deno.exit(2);
}

await using device = await env();
const power = device.get("board.power", PowerClient);
await power.off();

const { size } = await Deno.stat(image);
const start = performance.now();
await device.get("board.flasher", QemuFlasherClient).flash(image, { target: "bios" });
console.log(`Wrote ${size} bytes in ${Math.round(performance.now() - start)} ms`);

await using uboot = await device.get("uboot", UbootConsoleClient).rebootToConsole({
  offSeconds: 0,
});
const [version] = await uboot.runCommandChecked("version");
console.log(`It runs ${version}`);
await power.off();
