/**
 * `jumpstarter.driver.uboot.v1`: the boot loader U-Boot on a serial console.
 *
 * @module
 */
export * from "../../../../gen/jumpstarter/driver/uboot/v1/uboot_pb.ts";
