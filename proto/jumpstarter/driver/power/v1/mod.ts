/**
 * `jumpstarter.driver.power.v1`: power of a device under test.
 *
 * @module
 */
export * from "../../../../gen/jumpstarter/driver/power/v1/power_pb.ts";
