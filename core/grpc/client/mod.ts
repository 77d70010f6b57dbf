/** The client: Connect's transport for gRPC over HTTP/2. */
export type { BackoffOptions } from "./backoff.ts";
export type { TlsClientOptions } from "./connect_tls.ts";
export type { OpenConnection } from "./endpoint.ts";
export type { RawCallOptions, RawClientCall } from "./raw_call.ts";
export type { TransportState } from "./session.ts";
export type { MessageFormat } from "../protocol/content_type.ts";
export { createGrpcTransport, type GrpcTransport, type GrpcTransportOptions } from "./transport.ts";
export { connectTcp } from "./connect_tcp.ts";
