import { findTool } from "@jumpstarter/testing/tool";

/** A board that the demo can serve. */
export interface DemoBoard {
  /** What it is, for a person. */
  readonly what: string;
  /** How to get the other one. */
  readonly other: string;
  /** Its entry in the exporter's file. */
  readonly entry: string;
}

/** Where Debian's package u-boot-qemu puts the boot loader. */
const UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin";

const QEMU_BOARD: DemoBoard = {
  what: "an arm64 board that QEMU emulates, with a real U-Boot",
  other: "`deno task demo --virtual` shows the built-in virtual board",
  entry: `{type: jumpstarter_driver_qemu.driver.Qemu, config: {arch: aarch64, mem: 512M, ` +
    `default_partitions: {bios: ${UBOOT}}}}`,
};

const VIRTUAL_BOARD: DemoBoard = {
  what: "the built-in virtual board, a process with a boot log and a prompt",
  other:
    "with `apt-get install qemu-system-arm u-boot-qemu` it is an emulated one with a real U-Boot",
  entry: "{type: jumpstarter_driver_virtual.driver.VirtualBoard}",
};

/** The better board of those that this machine has. */
export async function chooseBoard(args: readonly string[]): Promise<DemoBoard> {
  if (args.includes("--virtual") || findTool("qemu-system-aarch64") === undefined) {
    return VIRTUAL_BOARD;
  }
  return await isThere(UBOOT) ? QEMU_BOARD : VIRTUAL_BOARD;
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** An exporter's file with that board, storage in a folder, and a way to a web server. */
export function exporterFile(board: DemoBoard, folder: string, webPort: number): string {
  return `apiVersion: jumpstarter.dev/v1alpha1
kind: ExporterConfig
metadata: {namespace: default, name: demo}
export:
  board: ${board.entry}
  uboot:
    type: jumpstarter_driver_uboot.driver.UbootConsole
    children: {power: {ref: board.power}, serial: {ref: board.console}}
  web:
    type: jumpstarter_driver_network.driver.TcpNetwork
    config: {host: 127.0.0.1, port: ${webPort}}
  storage:
    type: jumpstarter_driver_opendal.driver.Opendal
    config: {scheme: fs, kwargs: {root: ${JSON.stringify(folder)}}}
`;
}
