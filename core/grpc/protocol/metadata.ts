import { Code, ConnectError } from "@connectrpc/connect";
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import type { Field, FieldList } from "../../http2/mod.ts";

/**
 * Field names that belong to HTTP/2 or to the protocol itself (gRPC over HTTP/2, "Requests" and
 * "Responses"; RFC 9113 §8.2.2). They are neither shown to users nor taken from them.
 */
const RESERVED: ReadonlySet<string> = new Set([
  "te",
  "content-type",
  "content-length",
  "host",
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "trailer",
  "grpc-timeout",
  "grpc-encoding",
  "grpc-accept-encoding",
  "grpc-message-type",
  "grpc-status",
  "grpc-message",
  "grpc-status-details-bin",
]);

/** Whether `name` (in lower case) belongs to the protocol, not to the users' metadata. */
export function isReservedName(name: string): boolean {
  return name.charCodeAt(0) === 0x3a /* : */ || RESERVED.has(name);
}

/**
 * The metadata of a received header or trailer section. Protocol fields are left out, and so are
 * fields that `Headers` cannot hold. True-binary values (a leading NUL octet, sent by gRPC's C core
 * to peers that announce setting 0xFE03) become base64, as Connect's `decodeBinaryHeader` wants it.
 */
export function headersFromFields(fields: FieldList): Headers {
  const headers = new Headers();
  for (let i = 0; i < fields.length; i++) {
    const [name, value] = fields[i];
    if (isReservedName(name)) continue;
    const text = name.endsWith("-bin") && value.charCodeAt(0) === 0
      ? base64Encode(octets(value, 1), "std_raw")
      : value;
    try {
      headers.append(name, text);
    } catch {
      // The name or value is legal in HTTP/2 but not in Fetch: nothing a handler could read anyway.
    }
  }
  return headers;
}

/**
 * All values of the binary metadata `name` (which ends in `-bin`), decoded. Values joined with
 * commas and values without padding are understood.
 *
 * @throws {ConnectError} with `Code.DataLoss` if a value is not base64.
 */
export function binaryValues(headers: Headers, name: string): Uint8Array[] {
  const joined = headers.get(name);
  if (joined === null) return [];
  return joined.split(",").map((value) => {
    try {
      return base64Decode(value.trim());
    } catch (error) {
      throw new ConnectError(
        `Cannot decode binary metadata ${name}: value must be base64`,
        Code.DataLoss,
        undefined,
        undefined,
        error,
      );
    }
  });
}

/**
 * Appends users' metadata to a section that will be sent. Reserved names are left out. Binary
 * values joined by commas go out one by one, because gRPC's C core does not split them.
 *
 * @throws {ConnectError} with `Code.Internal` if a name or value cannot be sent over gRPC (names:
 * `0-9 a-z _ - .`; values: printable ASCII; `-bin` values: base64).
 */
export function appendMetadata(target: Field[], metadata: Headers): void {
  metadata.forEach((value, name) => {
    if (isReservedName(name)) return;
    if (!NAME.test(name)) throw invalid("name must be of 0-9 a-z _ - .", name);
    if (name.endsWith("-bin")) {
      for (const part of value.split(",")) {
        const text = part.trim();
        if (!BASE64.test(text)) throw invalid(`value of ${name} must be base64`, text);
        target.push([name, text]);
      }
    } else {
      if (!ASCII_VALUE.test(value)) {
        throw invalid(`value of ${name} must be printable ASCII`, value);
      }
      target.push([name, value]);
    }
  });
}

/** gRPC over HTTP/2: Header-Name → 1*( %x30-39 / %x61-7A / "_" / "-" / ".") */
const NAME = /^[0-9a-z_.-]+$/;
/** gRPC over HTTP/2: ASCII-Value → 1*( %x20-%x7E ); the empty value is in use too (upstream's `x_jmp_accept_encoding`). */
const ASCII_VALUE = /^[\x20-\x7e]*$/;
const BASE64 = /^[0-9A-Za-z+/_-]*={0,2}$/;

function invalid(rule: string, value: string): ConnectError {
  return new ConnectError(
    `Cannot send metadata: ${rule}: current value is '${value.slice(0, 100)}'`,
    Code.Internal,
  );
}

function octets(text: string, from: number): Uint8Array {
  const bytes = new Uint8Array(text.length - from);
  for (let i = from; i < text.length; i++) bytes[i - from] = text.charCodeAt(i);
  return bytes;
}
