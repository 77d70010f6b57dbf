/**
 * `jumpstarter.driver.network.v1`: byte streams to something on the device's network.
 *
 * @module
 */
export * from "../../../../gen/jumpstarter/driver/network/v1/network_pb.ts";
