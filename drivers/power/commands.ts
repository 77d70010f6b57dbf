import {
  type CommandCall,
  delay,
  type DriverCommand,
  type DriverCommands,
} from "@jumpstarter/core/client";
import type { PowerReading } from "@jumpstarter/proto/driver/power/v1";
import { apparentPower, type PowerClient, type VirtualPowerClient } from "./client.ts";

type AnyPowerClient = PowerClient | VirtualPowerClient;

const on: DriverCommand<AnyPowerClient> = {
  name: "on",
  summary: "Switch the power on",
  run: async (client, { signal }) => void await client.on({}, { signal }),
};

const off: DriverCommand<PowerClient> = {
  name: "off",
  summary: "Switch the power off",
  run: async (client, { signal }) => void await client.off({}, { signal }),
};

const virtualOff: DriverCommand<VirtualPowerClient> = {
  name: "off",
  summary: "Switch the power off",
  options: [{ flags: "--destroy", summary: "throw the device away, with its state" }],
  run: async (client, { options, signal }) =>
    void await client.off({ destroy: options.destroy === true }, { signal }),
};

const cycle: DriverCommand<AnyPowerClient> = {
  name: "cycle",
  summary: "Switch the power off, wait, and switch it on",
  options: [{
    flags: "-w, --wait <seconds>",
    summary: "time without power",
    type: "number",
    default: 2,
  }],
  async run(client, { options, signal, terminal }) {
    const waitSeconds = options.wait as number;
    terminal.note(`Power cycling with ${waitSeconds} seconds wait time...`);
    await client.cycle({ waitSeconds, signal });
  },
};

const read: DriverCommand<AnyPowerClient> = {
  name: "read",
  summary: "Measure voltage and current",
  options: [
    {
      flags: "-n, --count <number>",
      summary: "how often to measure; 0 is until Ctrl-C",
      type: "integer",
      default: 1,
    },
    {
      flags: "-i, --interval <seconds>",
      summary: "time between two",
      type: "number",
      default: 1,
    },
  ],
  async run(client, call) {
    const { count, interval } = call.options as { count: number; interval: number };
    for (let round = 1;; round++) {
      for await (const reading of client.read({}, { signal: call.signal })) {
        await print(reading, call);
      }
      if (round === count) return;
      await delay(interval * 1000, call.signal);
    }
  },
};

function print(reading: PowerReading, { terminal }: CommandCall): Promise<void> {
  const { voltage, current } = reading;
  const power = apparentPower(reading);
  return terminal.data(
    { voltage, current, apparent_power: power },
    () =>
      `voltage=${float(voltage)} V  current=${float(current)} A  apparent_power=${float(power)} VA`,
  );
}

/** As Python writes it: with a decimal point always. */
function float(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** The commands of a power switch. */
export const powerCommands: DriverCommands<PowerClient> = {
  summary: "Generic power",
  commands: [on, off, cycle, read],
};

/** The commands of the power switch of a virtual device. */
export const virtualPowerCommands: DriverCommands<VirtualPowerClient> = {
  summary: "Generic power",
  commands: [on, virtualOff, cycle, read],
};
