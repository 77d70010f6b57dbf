/**
 * `grpc.reflection.v1alpha`: gRPC's server reflection.
 *
 * @module
 */
export * from "../../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
