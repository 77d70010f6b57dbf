/**
 * What a driver is: its definition, the tree it stands in, and how calls reach it.
 *
 * @module
 */
export { didYouMean } from "../config/internal_mod.ts";
export * from "./by_name/mod.ts";
export type { DriverCall } from "./call.ts";
export { Composite } from "./composite.ts";
export {
  defineDriver,
  type DriverCategory,
  type DriverContext,
  type DriverDefinition,
  type DriverHooks,
  type DriverInstance,
  type DriverOptions,
  type DriverPart,
  type InterfacesMethods,
} from "./definition.ts";
export { DriverMethodCall, findMethod } from "./dispatch.ts";
export { DriverNode, type DriverNodeOptions, ProxyNode, type TreeNode } from "./driver_node.ts";
export { driverError } from "./errors.ts";
export {
  isAtLeast,
  LOG_LEVELS,
  Logger,
  type LogLevel,
  type LogRecord,
  type LogSink,
} from "./log.ts";
export type { Awaitable, DriverMethod, DriverMethods, DriverResult } from "./methods.ts";
export { addNativeServices, DRIVER_UUID_HEADER } from "./native.ts";
export * from "./node_config.ts";
export { type DriverLoader, DriverRegistry, UnknownDriverError } from "./registry.ts";
export type { Resource } from "./resource.ts";
export * from "./resource_handle.ts";
export { ResourceTable } from "./resource_table.ts";
export { checkTree, DriverTree, type TreeOptions } from "./tree.ts";
export { type BaseConfig, validateDriverConfig, type ValidConfig } from "./validate_config.ts";
