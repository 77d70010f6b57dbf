/**
 * `jumpstarter.test.v1`: a service without a meaning, one method for each kind of call.
 *
 * @module
 */
export * from "../../../gen/jumpstarter/test/v1/echo_pb.ts";
export * from "../../../gen/jumpstarter/test/v1/device_pb.ts";
export * from "../../../gen/jumpstarter/test/v1/bench_pb.ts";
