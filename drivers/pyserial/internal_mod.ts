/**
 * The definition of serial ports, for drivers that have one as a part; loads what reads configurations.
 *
 * @module
 */
export { PySerial } from "./driver.ts";
