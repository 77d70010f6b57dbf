/**
 * `grpc.reflection.v1`: gRPC's server reflection.
 *
 * @module
 */
export * from "../../../../gen/grpc/reflection/v1/reflection_pb.ts";
