/**
 * `jumpstarter.driver.serial.v1`: the serial console of a device under test.
 *
 * @module
 */
export * from "../../../../gen/jumpstarter/driver/serial/v1/serial_pb.ts";
