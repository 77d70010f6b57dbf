// Written by deno task gen. Do not edit.
// deno-fmt-ignore-file

/** Loads the module of a package with drivers' interfaces. */
export const interfacePackages: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
  "jumpstarter.driver.flasher.v1": () => import("../jumpstarter/driver/flasher/v1/mod.ts"),
  "jumpstarter.driver.network.v1": () => import("../jumpstarter/driver/network/v1/mod.ts"),
  "jumpstarter.driver.power.v1": () => import("../jumpstarter/driver/power/v1/mod.ts"),
  "jumpstarter.driver.qemu.v1": () => import("../jumpstarter/driver/qemu/v1/mod.ts"),
  "jumpstarter.driver.serial.v1": () => import("../jumpstarter/driver/serial/v1/mod.ts"),
  "jumpstarter.driver.shell.v1": () => import("../jumpstarter/driver/shell/v1/mod.ts"),
  "jumpstarter.driver.storage.v1": () => import("../jumpstarter/driver/storage/v1/mod.ts"),
  "jumpstarter.driver.storage_mux.v1": () => import("../jumpstarter/driver/storage_mux/v1/mod.ts"),
  "jumpstarter.driver.uboot.v1": () => import("../jumpstarter/driver/uboot/v1/mod.ts"),
};
