/**
 * `jumpstarter.driver.v1`: what the interfaces of drivers share.
 *
 * @module
 */
export * from "../../../gen/jumpstarter/driver/v1/stream_pb.ts";
