import { findTool, testWith } from "@jumpstarter/testing/tool";

/** U-Boot for arm64 of Debian's package u-boot-qemu. */
const UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin";

/** A board in QEMU that runs U-Boot, and U-Boot's driver, for an exporter's file. */
export const QEMU_BOARD: string = `
board:
  type: jumpstarter_driver_qemu.driver.Qemu
  config: { arch: aarch64, smp: 1, default_partitions: { bios: ${UBOOT} } }
uboot:
  type: jumpstarter_driver_uboot.driver.UbootConsole
  children: { power: { ref: board.power }, serial: { ref: board.console } }
`;

/** The same as a process without QEMU. */
export const VIRTUAL_BOARD: string = `
board:
  type: jumpstarter_driver_virtual.driver.VirtualBoard
uboot:
  type: jumpstarter_driver_uboot.driver.UbootConsole
  children: { power: { ref: board.power }, serial: { ref: board.console } }
`;

/** Whether this machine has what {@linkcode QEMU_BOARD} needs. */
export function hasQemu(): boolean {
  return findTool("qemu-system-aarch64") !== undefined && hasUboot();
}

/** Registers a test that needs {@linkcode QEMU_BOARD}; ignored where it is missing, a failure on CI. */
export function testWithQemu(name: string, run: () => Promise<void>): void {
  if (hasUboot()) return testWith(name, ["qemu-system-aarch64"], run);
  Deno.test({
    name: `${name} [needs package u-boot-qemu]`,
    ignore: Deno.env.get("CI") !== "true",
    fn: () => {
      throw new Deno.errors.NotFound("Cannot run on CI: missing package u-boot-qemu");
    },
  });
}

function hasUboot(): boolean {
  try {
    return Deno.statSync(UBOOT).isFile;
  } catch {
    return false;
  }
}
