/**
 * `jumpstarter.driver.storage_mux.v1`: storage between host and device.
 *
 * @module
 */
export * from "../../../../gen/jumpstarter/driver/storage_mux/v1/storage_mux_pb.ts";
