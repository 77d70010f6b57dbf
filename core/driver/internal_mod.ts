/** What clients share with exporters: calls by name. */
export * from "./by_name/mod.ts";
