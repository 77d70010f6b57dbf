import { Composite } from "@jumpstarter/core/driver";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import { findTool, testWith } from "@jumpstarter/testing/tool";
import { testWithUpstreamPeer, type UpstreamPeer } from "@jumpstarter/testing/upstream";
import { Qemu } from "../../qemu/internal_mod.ts";
import { UbootConsole } from "../driver.ts";

/** U-Boot for arm64, of Debian's package u-boot-qemu. */
export const UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin";

/** Registers a test that needs a QEMU for arm64 and its U-Boot. */
export function testWithUboot(name: string, run: () => Promise<void>): void {
  if (hasUboot()) return testWith(name, ["qemu-system-aarch64"], run);
  Deno.test({
    name: `${name} [needs package u-boot-qemu]`,
    ignore: Deno.env.get("CI") !== "true",
    fn: (): void => {
      throw new Deno.errors.NotFound("Cannot run on CI: missing package u-boot-qemu");
    },
  });
}

/** Registers a test that needs upstream's release as well. */
export function testWithUbootAndPeer(
  name: string,
  run: (peer: UpstreamPeer) => Promise<void>,
): void {
  if (hasUboot() && findTool("qemu-system-aarch64")) testWithUpstreamPeer(name, run);
  else testWithUboot(name, () => Promise.resolve());
}

function hasUboot(): boolean {
  try {
    return Deno.statSync(UBOOT).isFile;
  } catch {
    return false;
  }
}

/**
 * Serves a board that is off, and U-Boot on its power and console.
 *
 * @param config of U-Boot's driver
 * @param images the board's `default_partitions`
 */
export function serveUboot(
  config: Record<string, unknown> = {},
  images: Record<string, string> = { bios: UBOOT },
): Promise<ServedDevice> {
  return serveDriver(Composite, {
    children: {
      board: { definition: Qemu, config: { arch: "aarch64", smp: 1, default_partitions: images } },
      uboot: {
        definition: UbootConsole,
        config,
        children: { power: { ref: "board.power" }, serial: { ref: "board.console" } },
      },
    },
  });
}
