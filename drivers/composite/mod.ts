/**
 * A board of several devices: its children under one name, and second names for drivers that stand elsewhere.
 *
 * @module
 */
export { Composite } from "@jumpstarter/core/driver";
export { CompositeClient } from "./client.ts";
