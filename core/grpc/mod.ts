/**
 * gRPC over HTTP/2: a server that also answers Connect and gRPC-Web, and a client `Transport`.
 * Services are written and called with Connect's types.
 *
 * @module
 */
export * from "./client/mod.ts";
export { joinCalls } from "./join_calls.ts";
export type { MessageChannel } from "./message_channel.ts";
export { binaryValues } from "./protocol/metadata.ts";
export { type GateContext, sendInitialMetadata } from "./server/handler_context.ts";
export { HealthStatus, ServingStatus } from "./server/health.ts";
export { acceptConnections, type ConnListener } from "./server/listener.ts";
export type { RawCall, RawHandler } from "./server/raw_call.ts";
export { addReflection, type Reflected } from "./server/reflection.ts";
export { DEFAULT_MAX_MESSAGE_BYTES, GrpcServer, type GrpcServerOptions } from "./server/server.ts";
export { listenTls, type ListenTlsOptions, type TlsConnListener } from "./tls/listen_tls.ts";
export * from "./tunnel/mod.ts";
