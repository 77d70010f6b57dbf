import {
  defineDriver,
  type DriverCall,
  type DriverDefinition,
  type DriverMethods,
} from "@jumpstarter/core/driver";
import { PowerInterface } from "@jumpstarter/proto/driver/power/v1";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PowerReadingSchema } from "@jumpstarter/proto/driver/power/v1";
import { z } from "zod";

type Reading = MessageInitShape<typeof PowerReadingSchema>;

/** A power switch that switches nothing: it logs, and measures two fixed values. */
class MockPowerDriver implements DriverMethods<typeof PowerInterface> {
  on(_request: unknown, { log }: DriverCall): void {
    log.info("power on");
  }

  off(_request: unknown, { log }: DriverCall): void {
    log.info("power off");
  }

  async *read(): AsyncGenerator<Reading> {
    yield { voltage: 0, current: 0 };
    yield { voltage: 5, current: 2 };
  }
}

/** Upstream's mock: switches nothing, reads 0 V 0 A, then 5 V 2 A (drivers-a §2.2). */
export const MockPower: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_power.driver.MockPower",
  client: "jumpstarter_driver_power.client.PowerClient",
  category: "power",
  interfaces: [PowerInterface],
  config: z.strictObject({}),
  create: () => new MockPowerDriver(),
});

/** The same under the name of upstream's mock with blocking methods. */
export const SyncMockPower: DriverDefinition = {
  ...MockPower,
  type: "jumpstarter_driver_power.driver.SyncMockPower",
};
