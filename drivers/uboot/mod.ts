/**
 * The boot loader U-Boot on a board's serial console: its client.
 *
 * @module
 */
export { type RebootOptions, UbootConsoleClient } from "./client.ts";
export { type CheckedCommandOptions, type DhcpInfo, UbootError, UbootShell } from "./shell.ts";
