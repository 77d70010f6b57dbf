/**
 * `google.rpc`: the status that `grpc-status-details-bin` carries.
 *
 * @module
 */
export * from "../../../gen/google/rpc/status_pb.ts";
