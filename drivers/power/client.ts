import { delay, driverClient, type DriverClientBase } from "@jumpstarter/core/client";
import {
  PowerInterface,
  type PowerReading,
  VirtualPowerInterface,
} from "@jumpstarter/proto/driver/power/v1";

const PowerBase: DriverClientBase<typeof PowerInterface> = driverClient(PowerInterface);
const VirtualPowerBase: DriverClientBase<typeof VirtualPowerInterface> = driverClient(
  VirtualPowerInterface,
);

/** Options of {@linkcode PowerClient.cycle}. */
export interface CycleOptions {
  /** Seconds without power: 2, as upstream's client waits. */
  waitSeconds?: number;
  /** Ends the cycle, wherever it is. The power is left as it is then. */
  signal?: AbortSignal;
}

/** Switches the power of a device. */
export class PowerClient extends PowerBase {
  /**
   * Off, wait, on.
   *
   * @throws {RangeError} if the wait is not 0 or more
   */
  async cycle({ waitSeconds = 2, signal }: CycleOptions = {}): Promise<void> {
    checkWait(waitSeconds);
    await this.off({}, { signal });
    await delay(waitSeconds * 1000, signal);
    await this.on({}, { signal });
  }
}

/** Switches the power of a device that exists only while it is on. */
export class VirtualPowerClient extends VirtualPowerBase {
  /** Off without throwing the device away, wait, on. @throws {RangeError} as {@linkcode PowerClient.cycle} */
  async cycle({ waitSeconds = 2, signal }: CycleOptions = {}): Promise<void> {
    checkWait(waitSeconds);
    // Upstream's drivers want the argument.
    await this.off({ destroy: false }, { signal });
    await delay(waitSeconds * 1000, signal);
    await this.on({}, { signal });
  }
}

/** Volts times amperes: the apparent power in volt-amperes. */
export function apparentPower(
  { voltage, current }: Pick<PowerReading, "voltage" | "current">,
): number {
  return voltage * current;
}

function checkWait(seconds: number): void {
  if (seconds >= 0 && Number.isFinite(seconds)) return;
  throw new RangeError(
    `Cannot cycle power: waitSeconds must be 0 or more: current value is ${seconds}`,
  );
}
