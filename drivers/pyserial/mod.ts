/**
 * Serial consoles: the client, and what a driver that has a console of its own needs to offer it as one.
 *
 * @module
 */
export { PySerialClient, type SerialConsoleOptions } from "./client.ts";
export { duplexPort } from "./duplex_port.ts";
export { SerialHub, type SerialHubOptions, type TapStart } from "./hub.ts";
export type { EndableStream } from "./loop_stream.ts";
export type { LineErrors, PortControl, PortLines, SerialPort } from "./port.ts";
export { PortKeeper, type PortKeeperOptions } from "./port_keeper.ts";
export { PySerialDriver, type PySerialDriverOptions } from "./serial_driver.ts";
