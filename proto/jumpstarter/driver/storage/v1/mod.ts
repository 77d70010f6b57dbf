/**
 * `jumpstarter.driver.storage.v1`: files on storage of the exporter.
 *
 * @module
 */
export * from "../../../../gen/jumpstarter/driver/storage/v1/storage_pb.ts";
