/**
 * Flashers: write images to a device, and read them back.
 *
 * @module
 */
export * from "./atomic_file.ts";
export * from "./block_writer.ts";
export * from "./client.ts";
export * from "./commands.ts";
export * from "./file_source.ts";
export * from "./image_source.ts";
