import type { FieldList } from "../../http2/mod.ts";

/** What the server itself reads of a request's header section. */
export interface RequestHead {
  /** The whole section. */
  readonly fields: FieldList;
  /** `:method`. */
  readonly method: string;
  /** `:path`, any octets; empty for CONNECT. */
  readonly path: string;
  /** `:scheme`. */
  readonly scheme: string;
  /** `:authority`, any octets: gRPC's C core sends `tmp%2Fx.sock` over unix sockets. */
  readonly authority: string;
  /** `content-type`. */
  readonly contentType: string | undefined;
  /** `grpc-timeout`, not parsed. */
  readonly timeout: string | undefined;
  /** `grpc-encoding`. */
  readonly encoding: string | undefined;
  /** `grpc-accept-encoding`. */
  readonly acceptEncoding: string | undefined;
}

/** Reads a request's header section in one pass; the first field of a name counts. */
export function readRequestHead(fields: FieldList): RequestHead {
  let method = "";
  let path = "";
  let scheme = "";
  let authority = "";
  let contentType: string | undefined;
  let timeout: string | undefined;
  let encoding: string | undefined;
  let acceptEncoding: string | undefined;
  for (let i = 0; i < fields.length; i++) {
    const value = fields[i][1];
    switch (fields[i][0]) {
      case ":method":
        method = value;
        break;
      case ":path":
        path = value;
        break;
      case ":scheme":
        scheme = value;
        break;
      case ":authority":
        authority = value;
        break;
      case "content-type":
        contentType ??= value;
        break;
      case "grpc-timeout":
        timeout ??= value;
        break;
      case "grpc-encoding":
        encoding ??= value;
        break;
      case "grpc-accept-encoding":
        acceptEncoding ??= value;
        break;
    }
  }
  return {
    fields,
    method,
    path,
    scheme,
    authority,
    contentType,
    timeout,
    encoding,
    acceptEncoding,
  };
}

/** What may stand as an authority in a URL without changing what follows it. */
const URL_AUTHORITY = /^(?:[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * A URL for the request that `new URL` takes, whatever the peer sent: an authority or a path that
 * is none is replaced.
 */
export function requestUrl(head: RequestHead): string {
  const scheme = head.scheme === "https" ? "https" : "http";
  const authority = URL_AUTHORITY.test(head.authority) ? head.authority : "localhost";
  const path = head.path.startsWith("/") ? head.path : "/";
  const url = `${scheme}://${authority}${path}`;
  return URL.canParse(url) ? url : `${scheme}://localhost/`;
}
