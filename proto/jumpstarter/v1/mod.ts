/**
 * `jumpstarter.v1`: the controller's, the exporter's, the router's and the telemetry service, with their messages.
 *
 * @module
 */
export * from "../../gen/jumpstarter/v1/common_pb.ts";
export * from "../../gen/jumpstarter/v1/jumpstarter_pb.ts";
export * from "../../gen/jumpstarter/v1/kubernetes_pb.ts";
export * from "../../gen/jumpstarter/v1/router_pb.ts";
export * from "../../gen/jumpstarter/v1/telemetry_pb.ts";
