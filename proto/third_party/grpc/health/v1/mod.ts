/**
 * `grpc.health.v1`: gRPC's health service.
 *
 * @module
 */
export * from "../../../../gen/grpc/health/v1/health_pb.ts";
