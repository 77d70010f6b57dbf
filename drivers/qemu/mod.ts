/**
 * Virtual boards that QEMU runs: their clients.
 *
 * @module
 */
export { QemuClient, type QemuStatus } from "./client.ts";
export { type FlashOciOptions, QemuFlasherClient } from "./flasher_client.ts";
