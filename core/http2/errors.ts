/** Error codes of RFC 9113 §7. */
export const ErrorCode = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const;

/** One of {@linkcode ErrorCode}, or a code that only the peer knows. */
export type ErrorCode = number;

/** The name of an error code, for logs and messages: `PROTOCOL_ERROR`, or `0x1f` for an unknown one. */
export function errorCodeName(code: ErrorCode): string {
  for (const [name, value] of Object.entries(ErrorCode)) {
    if (value === code) return name;
  }
  return `0x${code.toString(16)}`;
}

/** What an {@linkcode Http2Error} is about and who raised it. */
export interface Http2ErrorInit {
  /** The code that was or would be sent. */
  code: ErrorCode;
  /** A stream error ends one stream; a connection error ends them all (RFC 9113 §5.4). */
  scope: "stream" | "connection";
  /** The peer said so (RST_STREAM, GOAWAY); otherwise this end found it. */
  remote?: boolean;
  /** The request provably never reached a handler of the peer (RFC 9113 §8.7): it may be sent again. */
  unprocessed?: boolean;
  /** What led to it. */
  cause?: unknown;
}

/** A stream or a connection ended by RST_STREAM, GOAWAY, a broken rule or a broken connection. */
export class Http2Error extends Error {
  override name = "Http2Error";
  /** The error code, see {@linkcode ErrorCode}. */
  readonly code: ErrorCode;
  /** Whether one stream or the whole connection ended. */
  readonly scope: "stream" | "connection";
  /** Whether the peer raised it. */
  readonly remote: boolean;
  /** Whether the request provably never reached a handler of the peer. */
  readonly unprocessed: boolean;
  readonly #text: string;

  /** Makes the error; the code's name stands in the message. */
  constructor(message: string, init: Http2ErrorInit) {
    super(`${message} (${errorCodeName(init.code)})`, { cause: init.cause });
    this.#text = message;
    this.code = init.code;
    this.scope = init.scope;
    this.remote = init.remote ?? false;
    this.unprocessed = init.unprocessed ?? false;
  }

  /** The same error for a request that provably never reached a handler of the peer. */
  asUnprocessed(): Http2Error {
    const { code, scope, remote } = this;
    return new Http2Error(this.#text, { code, scope, remote, unprocessed: true, cause: this });
  }
}

/** A rule broken by the peer that ends the connection (RFC 9113 §5.4.1). */
export function connectionError(code: ErrorCode, message: string): Http2Error {
  return new Http2Error(message, { code, scope: "connection" });
}

/** A rule broken by the peer that ends one stream (RFC 9113 §5.4.2). */
export function streamError(code: ErrorCode, message: string): Http2Error {
  return new Http2Error(message, { code, scope: "stream" });
}
