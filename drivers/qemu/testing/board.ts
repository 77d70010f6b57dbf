import { driverClient, type DriverClientBase } from "@jumpstarter/core/client";
import { PowerInterface } from "@jumpstarter/proto/driver/power/v1";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import { testWith } from "@jumpstarter/testing/tool";
import { PySerialClient } from "../../pyserial/mod.ts";
import type { Console } from "../../network/mod.ts";
import { Qemu } from "../driver.ts";

/** U-Boot of Debian's package u-boot-qemu, by QEMU's name of the architecture. */
export const UBOOT = {
  aarch64: "/usr/lib/u-boot/qemu_arm64/u-boot.bin",
  arm: "/usr/lib/u-boot/qemu_arm/u-boot.bin",
  x86_64: "/usr/lib/u-boot/qemu-x86_64/u-boot.rom",
} as const;

/** An architecture that tests have a U-Boot for. */
export type TestArch = keyof typeof UBOOT;

/** A board's power. */
export const PowerSwitch: DriverClientBase<typeof PowerInterface> = driverClient(PowerInterface);

/** U-Boot's prompt. */
export const PROMPT = "\n=> ";

/** Registers a test that needs a QEMU and its U-Boot, and perhaps more tools. */
export function testWithBoard(
  name: string,
  run: (t: Deno.TestContext) => Promise<void>,
  { arch = "aarch64", tools = [] }: { arch?: TestArch; tools?: string[] } = {},
): void {
  if (isThere(UBOOT[arch])) return testWith(name, [`qemu-system-${arch}`, ...tools], run);
  Deno.test({
    name: `${name} [needs package u-boot-qemu]`,
    ignore: Deno.env.get("CI") !== "true",
    fn: (): void => {
      throw new Deno.errors.NotFound(`Cannot run on CI: missing package u-boot-qemu`);
    },
  });
}

/** Serves a board with U-Boot, off. */
export function serveBoard(
  config: Record<string, unknown> = {},
  arch: TestArch = "aarch64",
): Promise<ServedDevice> {
  return serveDriver(Qemu, { config: boardConfig(config, arch) });
}

/** A configuration of a board with U-Boot. */
export function boardConfig(
  config: Record<string, unknown> = {},
  arch: TestArch = "aarch64",
): Record<string, unknown> {
  return { arch, smp: 1, default_partitions: { bios: UBOOT[arch] }, ...config };
}

/** Stops a board that was switched on just now at U-Boot's prompt. */
export async function stopAtPrompt(device: ServedDevice, path = "console"): Promise<Console> {
  const serial = await device.get(path, PySerialClient).console({ prompt: PROMPT });
  await serial.expect("Hit any key");
  await serial.send("\x1b");
  await serial.expectPrompt();
  return serial;
}

/** Waits until the session's log says something. */
export async function seeLog(device: ServedDevice, what: RegExp): Promise<string> {
  for await (const { message } of device.logs({ signal: AbortSignal.timeout(10_000) })) {
    if (what.test(message)) return message;
  }
  throw new Error(`The log did not say ${what}`);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
