/**
 * `jumpstarter.driver.shell.v1`: commands that run beside the device.
 *
 * @module
 */
export * from "../../../../gen/jumpstarter/driver/shell/v1/shell_pb.ts";
