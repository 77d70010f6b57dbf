/**
 * HTTP/2 (RFC 9113) with HPACK (RFC 7541) on any byte connection: what gRPC needs of it, complete and hardened. No push,
 * no priorities, no upgrade from HTTP/1.1.
 *
 * @module
 */
export type {
  Http2ClientSession,
  Http2Options,
  Http2Session,
  Http2Stream,
  Keepalive,
  OnStream,
  StreamHandler,
} from "./api.ts";
export type { ByteConn } from "./byte_conn.ts";
export { connectHttp2 } from "./client.ts";
export { byteConnFromDuplex } from "./duplex_conn.ts";
export { ErrorCode, errorCodeName, Http2Error, type Http2ErrorInit } from "./errors.ts";
export { type Field, type FieldList, fieldValue } from "./fields.ts";
export { serveHttp2 } from "./server.ts";
export type { Settings } from "./settings.ts";
