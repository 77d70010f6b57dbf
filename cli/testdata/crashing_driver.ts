import { z } from "zod";
import { defineDriver, type DriverDefinition } from "@jumpstarter/core/driver";

/** A driver whose library fails where no call of the driver can catch it. */
export const Crashing: DriverDefinition = defineDriver({
  type: "crashing",
  client: "jumpstarter_driver_composite.client.CompositeClient",
  interfaces: [],
  config: z.strictObject({}),
  create: () => {
    setTimeout(() => {
      throw new Error("boom in a timer");
    });
    Promise.reject(new Error("boom in a promise"));
    return {};
  },
});

/** A driver that takes for ever to close. */
export const Hanging: DriverDefinition = defineDriver({
  type: "hanging",
  client: "jumpstarter_driver_composite.client.CompositeClient",
  interfaces: [],
  config: z.strictObject({}),
  create: () => ({
    [Symbol.asyncDispose]: () => new Promise(() => setInterval(() => {}, 1000)),
  }),
});
