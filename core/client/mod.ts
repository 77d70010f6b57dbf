/**
 * Uses an exporter's drivers: connections, typed clients, byte streams, file transfers, logs.
 *
 * @module
 */
export * from "./command.ts";
export * from "./connect.ts";
export type { ConnectOptions } from "./connect_options.ts";
export { delay } from "./delay.ts";
export type { Device } from "./device.ts";
export * from "./driver_client.ts";
export {
  DeviceError,
  type FailureFacts,
  type FailureKind,
  type FailurePlace,
  FAILURES,
} from "./device_error.ts";
export type { ByteStream, CallOptions, DriverNode, TransferOptions } from "./driver_node.ts";
export { type DriverPolicy, driverPolicy } from "./driver_policy.ts";
export { presignedHandle, type PresignedRequest } from "./presigned.ts";
export type { LogEntry, LogOptions, LogOrigin } from "./log_entry.ts";
export type { SessionStatus } from "./session_status.ts";
