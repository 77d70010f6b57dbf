/**
 * A board without hardware: a process behind a pseudo-terminal, with a power switch and a serial console. Its parts have
 * the clients of other drivers: `PowerClient` and `PySerialClient`.
 *
 * @module
 */
export { VirtualBoard } from "./driver.ts";
