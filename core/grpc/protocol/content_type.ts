/** How the messages of a call are written. */
export type MessageFormat = "proto" | "json";

/** What gRPC clients of this project send, and servers answer by default. */
export const GRPC_CONTENT_TYPE = "application/grpc";

const GRPC = /^application\/grpc(?:\+(?:(proto)|(json)))?[ \t]*(?:;.*)?$/i;

/**
 * The message format that a gRPC content type asks for; `undefined` if the type is not gRPC over
 * HTTP/2, or of a format not known here.
 */
export function messageFormat(contentType: string | undefined): MessageFormat | undefined {
  if (contentType === GRPC_CONTENT_TYPE || contentType === "application/grpc+proto") return "proto";
  const match = contentType === undefined ? null : GRPC.exec(contentType);
  if (match === null) return undefined;
  return match[2] === undefined ? "proto" : "json";
}

/** Whether a content type is gRPC over HTTP/2 in any format (gRPC-Web is not). */
export function isGrpcContentType(contentType: string | undefined): boolean {
  return contentType === GRPC_CONTENT_TYPE ||
    (contentType !== undefined && /^application\/grpc(?:$|[+; \t])/i.test(contentType));
}

/** The content type of a response to a gRPC request of `contentType`: the same form of it. */
export function responseContentType(contentType: string | undefined): string {
  if (contentType === GRPC_CONTENT_TYPE) return GRPC_CONTENT_TYPE;
  const suffix = GRPC.exec(contentType ?? "");
  if (suffix?.[1] !== undefined) return "application/grpc+proto";
  return suffix?.[2] !== undefined ? "application/grpc+json" : GRPC_CONTENT_TYPE;
}
