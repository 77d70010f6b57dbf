import { Code, ConnectError } from "@connectrpc/connect";

/** A stream that the client opened beside the call (core-spec §5.1). */
export interface ClientStreamHandle {
  /** Which kind of handle it is. */
  readonly kind: "client_stream";
  /** The stream's identity, from the metadata that the exporter answered with. */
  readonly uuid: string;
  /** How the client's file is compressed; null if it is not. */
  readonly x_jmp_content_encoding?: string | null;
}

/** An HTTP transfer that the exporter does by itself (core-spec §5.4). */
export interface PresignedHandle {
  /** Which kind of handle it is. */
  readonly kind: "presigned_request";
  /** Header fields of the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** The URL, percent-encoded: used as it is. */
  readonly url: string;
  /** Read from there, or write to there. */
  readonly method: "GET" | "PUT";
}

/** What names a file that is transferred with a call. */
export type ResourceHandle = ClientStreamHandle | PresignedHandle;

/**
 * Reads a handle: its JSON text, or an http(s) URL, which is read from.
 *
 * @throws {ConnectError} INVALID_ARGUMENT if it is neither
 */
export function parseHandle(text: string): ResourceHandle {
  if (/^https?:\/\//.test(text)) {
    return { kind: "presigned_request", headers: {}, url: text, method: "GET" };
  }
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text);
  } catch {
    throw wrong(`want a handle {"kind": …} or an http(s) URL: current value is '${text}'`);
  }
  if (json?.kind === "client_stream") {
    if (typeof json.uuid !== "string") throw wrong("a client_stream needs its uuid");
    return json as unknown as ClientStreamHandle;
  }
  if (json?.kind === "presigned_request") {
    const { url, method, headers } = json;
    if (typeof url !== "string" || !/^https?:\/\//.test(url)) {
      throw wrong("a presigned_request needs an http(s) url");
    }
    if (method !== "GET" && method !== "PUT") {
      throw wrong(`method must be GET or PUT: current value is '${method}'`);
    }
    if (typeof headers !== "object" || headers === null) throw wrong("it needs headers: {…}");
    return json as unknown as PresignedHandle;
  }
  throw wrong(`kind must be client_stream or presigned_request: current value is '${json?.kind}'`);
}

function wrong(reason: string): ConnectError {
  return new ConnectError(`Cannot open resource: ${reason}`, Code.InvalidArgument);
}
