import {
  defineDriver,
  type DriverCall,
  type DriverContext,
  type DriverDefinition,
  type DriverHooks,
  type DriverMethods,
  type DriverPart,
} from "@jumpstarter/core/driver";
import { PowerInterface } from "@jumpstarter/proto/driver/power/v1";
import { z } from "zod";
import { PySerial } from "../pyserial/internal_mod.ts";
import { PySerialDriver, SerialHub } from "../pyserial/mod.ts";
import { Board } from "./board.ts";

/** What a board that is on would use: that of a small computer. */
const VOLTS = 5;
const AMPERES = 0.4;

/** Switches a virtual board. */
class VirtualPowerDriver implements DriverMethods<typeof PowerInterface> {
  readonly #board: Board;

  constructor(board: Board) {
    this.#board = board;
  }

  async on(_request: unknown, { log }: DriverCall): Promise<void> {
    if (!await this.#board.on()) log.warn("Power is on already");
  }

  async off(_request: unknown, { log }: DriverCall): Promise<void> {
    if (!await this.#board.off()) log.warn("Power is off already");
  }

  async *read(): AsyncGenerator<{ voltage: number; current: number }> {
    yield this.#board.isOn ? { voltage: VOLTS, current: AMPERES } : { voltage: 0, current: 0 };
  }
}

const VirtualPower: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_virtual.driver.VirtualPower",
  client: "jumpstarter_driver_power.client.PowerClient",
  category: "power",
  interfaces: [PowerInterface],
  config: z.strictObject({}),
  create: (): never => {
    throw new Error("Cannot make VirtualPower by itself: it is a part of VirtualBoard");
  },
});

const virtualConfig = z.strictObject({
  prompt: z.string().min(1).default("=> "),
  boot_ms: z.int().min(0).max(60_000).default(50),
});

/** A board that is a process: its power and its console are its parts. */
class VirtualBoardDriver implements DriverHooks {
  readonly parts: Readonly<Record<string, DriverPart>>;
  readonly #board: Board;

  constructor({ prompt, boot_ms: bootMs }: z.infer<typeof virtualConfig>, { log }: DriverContext) {
    const console = new SerialHub({
      name: "console of the virtual board",
      log,
      firstSeesAll: true,
    });
    this.#board = new Board({ prompt, bootMs, console, log });
    this.parts = {
      power: {
        definition: VirtualPower,
        instance: new VirtualPowerDriver(this.#board),
        description: "Power of the virtual board",
      },
      console: {
        definition: PySerial,
        instance: new PySerialDriver(console, { owned: console }),
        description: "Serial console of the virtual board",
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#board.off();
  }
}

/** A board without hardware, for trials and tests where QEMU is missing. */
export const VirtualBoard: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_virtual.driver.VirtualBoard",
  client: "jumpstarter_driver_composite.client.CompositeClient",
  category: "composite",
  interfaces: [],
  config: virtualConfig,
  create: (config, context) => new VirtualBoardDriver(config, context),
});
