import type { FieldList } from "./fields.ts";

/** What a header section says about its message, beyond the fields themselves. */
export interface MessageInfo {
  /** Octets of DATA to come, -1 when the sender did not say. */
  contentLength: number;
  /** Status of a response; 0 for a request. */
  status: number;
  /** The request's method; empty for a response. */
  method: string;
}

/** Fields of HTTP/1.1 connections that make a message malformed (RFC 9113 §8.2.2). */
const CONNECTION_FIELDS = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Characters of a field name: token characters of RFC 9110 §5.6.2 without upper case. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** Octets that RFC 9113 §8.2.1 forbids in a value, and white space at its ends. */
const BAD_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;

const STATUS = /^[1-9][0-9][0-9]$/;
const DIGITS = /^[0-9]{1,15}$/;

/** Checks a request's header section (RFC 9113 §8.3.1); a string says why it is malformed. */
export function checkRequest(fields: FieldList): MessageInfo | string {
  let method: string | undefined;
  let scheme: string | undefined;
  let path: string | undefined;
  let authority: string | undefined;
  let at = 0;
  for (; at < fields.length && fields[at][0].charCodeAt(0) === 0x3a; at++) {
    const [name, value] = fields[at];
    if (BAD_VALUE.test(value)) return `forbidden octets in ${name}`;
    switch (name) {
      case ":method":
        if (method !== undefined) return ":method twice";
        method = value;
        break;
      case ":scheme":
        if (scheme !== undefined) return ":scheme twice";
        scheme = value;
        break;
      case ":path":
        if (path !== undefined) return ":path twice";
        path = value;
        break;
      case ":authority":
        if (authority !== undefined) return ":authority twice";
        authority = value;
        break;
      default:
        return `unknown pseudo-header field ${name}`;
    }
  }
  if (method === undefined || method === "") return "no :method";
  if (method === "CONNECT") {
    if (scheme !== undefined || path !== undefined) return "CONNECT with :scheme or :path";
    if (authority === undefined) return "CONNECT without :authority";
  } else {
    if (scheme === undefined || scheme === "") return "no :scheme";
    if (path === undefined || path === "") return "no :path";
  }
  const info: MessageInfo = { contentLength: -1, status: 0, method };
  return checkRegular(fields, at, info) ?? info;
}

/** Checks a response's header section (RFC 9113 §8.3.2); a string says why it is malformed. */
export function checkResponse(fields: FieldList): MessageInfo | string {
  if (fields.length === 0 || fields[0][0] !== ":status") return "no :status";
  const status = fields[0][1];
  if (!STATUS.test(status)) return `:status is '${status}'`;
  const info: MessageInfo = { contentLength: -1, status: Number(status), method: "" };
  return checkRegular(fields, 1, info) ?? info;
}

/** Checks a trailer section (RFC 9113 §8.1): no pseudo-header fields; a string says why it is malformed. */
export function checkTrailers(fields: FieldList): string | undefined {
  return checkRegular(fields, 0, { contentLength: -1, status: 0, method: "" });
}

function checkRegular(fields: FieldList, from: number, info: MessageInfo): string | undefined {
  for (let i = from; i < fields.length; i++) {
    const [name, value] = fields[i];
    if (!NAME.test(name)) {
      return name.startsWith(":") ? `pseudo-header field ${name} out of place` : "bad field name";
    }
    // gRPC's true-binary metadata puts any octet into values of names that end so.
    if (BAD_VALUE.test(value) && !name.endsWith("-bin")) return `forbidden octets in ${name}`;
    if (CONNECTION_FIELDS.has(name)) return `field ${name} of HTTP/1.1`;
    if (name === "te" && value.toLowerCase() !== "trailers") return `te is '${value}'`;
    if (name === "content-length") {
      if (!DIGITS.test(value)) return `content-length is '${value}'`;
      const length = Number(value);
      if (info.contentLength >= 0 && info.contentLength !== length) return "two content-lengths";
      info.contentLength = length;
    }
  }
  return undefined;
}
