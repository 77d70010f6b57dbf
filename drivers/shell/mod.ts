/**
 * Scripts on the exporter's machine.
 *
 * @module
 */
export * from "./client.ts";
export { ShellDriver, type ShellMethod, type ShellOptions } from "./shell_driver.ts";
