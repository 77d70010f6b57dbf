/**
 * `jumpstarter.driver.qemu.v1`: a virtual board that QEMU runs.
 *
 * @module
 */
export * from "../../../../gen/jumpstarter/driver/qemu/v1/qemu_pb.ts";
