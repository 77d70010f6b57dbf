import {
  defineDriver,
  type DriverCall,
  type DriverDefinition,
  type DriverMethods,
  type DriverPart,
} from "@jumpstarter/core/driver";
import { PowerInterface } from "@jumpstarter/proto/driver/power/v1";
import { z } from "zod";
import type { Board } from "./board.ts";

/** Switches a virtual board. What it uses cannot be measured: `read` is left out. */
class QemuPowerDriver implements DriverMethods<typeof PowerInterface>, AsyncDisposable {
  readonly #board: Board;

  constructor(board: Board) {
    this.#board = board;
  }

  async on(_request: unknown, { log, signal }: DriverCall): Promise<void> {
    if (!await this.#board.power.on(signal)) log.warn("Power is on already");
  }

  async off(_request: unknown, { log }: DriverCall): Promise<void> {
    if (!await this.#board.power.off()) log.warn("Power is off already");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#board.power.off();
  }
}

const QemuPower: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_qemu.driver.QemuPower",
  client: "jumpstarter_driver_power.client.PowerClient",
  category: "power",
  interfaces: [PowerInterface],
  config: z.strictObject({}),
  create: (): never => {
    throw new Error("Cannot make QemuPower by itself: it is a part of Qemu");
  },
});

/** The power of a virtual board, as a child of it. */
export function powerPart(board: Board): DriverPart {
  return {
    definition: QemuPower,
    instance: new QemuPowerDriver(board),
    description: "Power of the virtual board",
  };
}
