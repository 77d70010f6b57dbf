/**
 * `jumpstarter.client.v1`: what clients ask of a controller: exporters, leases, tokens.
 *
 * @module
 */
export * from "../../../gen/jumpstarter/client/v1/client_pb.ts";
