import type { ZodType } from "zod";
import type { DriverDefinition } from "./definition.ts";

/** Takes nothing but nothing: zod is not needed for that, and clients of this module do without it. */
const NOTHING: Pick<ZodType, "safeParse"> & { shape: object } = {
  shape: {},
  safeParse: ((value: object) => {
    const keys = Object.keys(value);
    if (keys.length === 0) return { success: true, data: {} };
    const issue = { code: "unrecognized_keys", keys, path: [], message: "Unrecognized key" };
    return { success: false, error: { issues: [issue] } };
  }) as unknown as ZodType["safeParse"],
};

/** Holds its children together, and does nothing itself: a board of several devices, and the root of every exporter. */
export const Composite: DriverDefinition = {
  type: "jumpstarter_driver_composite.driver.Composite",
  client: "jumpstarter_driver_composite.client.CompositeClient",
  category: "composite",
  interfaces: [],
  config: NOTHING as unknown as ZodType,
  create: () => ({}),
};
