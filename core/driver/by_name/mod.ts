/** Calls by name: what `DriverCall` and `StreamingDriverCall` carry, as an interface's messages. */
export * from "./convert.ts";
export * from "./plan.ts";
export * from "./value.ts";
