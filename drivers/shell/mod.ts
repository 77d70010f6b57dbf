/**
 * Scripts on the exporter's machine.
 *
 * @module
 */
export * from "./client.ts";
export {
  ShellDriver,
  type ShellMethod,
  type ShellOptions,
  type ShellPiece,
} from "./shell_driver.ts";
