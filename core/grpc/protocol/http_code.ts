import { Code, ConnectError } from "@connectrpc/connect";
import { codeFromHttpStatus } from "@connectrpc/connect/protocol-grpc";
import { ErrorCode, type Http2Error } from "../../http2/mod.ts";

/** RST_STREAM code → status code (gRPC over HTTP/2, "Errors"). What is not listed is INTERNAL. */
const RESET_CODES: ReadonlyMap<number, Code> = new Map([
  [ErrorCode.REFUSED_STREAM, Code.Unavailable],
  [ErrorCode.CANCEL, Code.Canceled],
  [ErrorCode.ENHANCE_YOUR_CALM, Code.ResourceExhausted],
  [ErrorCode.INADEQUATE_SECURITY, Code.PermissionDenied],
]);

/** The status of a call whose stream or connection ended with `error` before a status arrived. */
export function errorFromHttp2(error: Http2Error): ConnectError {
  const code = error.scope === "connection" || error.unprocessed
    ? Code.Unavailable
    : RESET_CODES.get(error.code) ?? Code.Internal;
  return new ConnectError(error.message, code, undefined, undefined, error);
}

/**
 * The status of a response whose HTTP status is not 200, or that is 200 and no gRPC
 * (http-grpc-status-mapping.md).
 */
export function errorFromHttpStatus(status: number, metadata?: Headers): ConnectError {
  return new ConnectError(`HTTP ${status}`, codeFromHttpStatus(status), metadata);
}
