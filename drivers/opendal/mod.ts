/**
 * Storage of the exporter: files in a folder, in memory, on a web server or in a bucket; storage muxes; mocks of both
 * and of flashers.
 *
 * @module
 */
export { type BlockDeviceOptions, readBlockDevice, writeBlockDevice } from "./block_device.ts";
export * from "./client.ts";
export * from "./commands.ts";
export { Opendal } from "./driver.ts";
export * from "./file_client.ts";
export type { HashAlgorithm } from "./hash_file.ts";
export * from "./mock_flasher.ts";
export * from "./mock_storage_mux.ts";
export { openStorage, SCHEME_NAMES } from "./open_storage.ts";
export * from "./storage.ts";
export * from "./storage_mux_client.ts";
export * from "./storage_mux_commands.ts";
