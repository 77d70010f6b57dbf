/**
 * `jumpstarter.driver.flasher.v1`: writing images to a device under test.
 *
 * @module
 */
export * from "../../../../gen/jumpstarter/driver/flasher/v1/flasher_pb.ts";
