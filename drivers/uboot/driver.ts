import {
  defineDriver,
  type DriverContext,
  type DriverDefinition,
  type DriverMethods,
} from "@jumpstarter/core/driver";
import { UbootInterface } from "@jumpstarter/proto/driver/uboot/v1";
import { z } from "zod";

/** What the client works with. */
const CHILDREN = ["power", "serial"] as const;

/** Tells the prompt; all the rest is the client's work, on the children. */
class UbootConsoleDriver implements DriverMethods<typeof UbootInterface> {
  readonly #prompt: string;

  constructor(prompt: string) {
    this.#prompt = prompt;
  }

  getPrompt(): { prompt: string } {
    return { prompt: this.#prompt };
  }
}

function createUbootConsole(
  { prompt }: { prompt: string },
  { childNames }: DriverContext,
): UbootConsoleDriver {
  for (const child of CHILDREN) {
    if (!childNames.includes(child)) {
      throw new RangeError(`UbootConsole: ${child} driver not configured as a child`);
    }
  }
  return new UbootConsoleDriver(prompt);
}

/** The boot loader U-Boot on a board's serial console (drivers-b §11). */
export const UbootConsole: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_uboot.driver.UbootConsole",
  client: "jumpstarter_driver_uboot.client.UbootConsoleClient",
  category: "console",
  interfaces: [UbootInterface],
  config: z.strictObject({ prompt: z.string().min(1).default("\n=>") }),
  create: createUbootConsole,
});
