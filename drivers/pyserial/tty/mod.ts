/**
 * Serial ports of Linux.
 *
 * @module
 */
export { openTtyPort } from "./tty_port.ts";
