import { Code, ConnectError } from "@connectrpc/connect";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import { StatusSchema } from "@jumpstarter/proto/google/rpc";
import { type Field, type FieldList, fieldValue } from "../../http2/mod.ts";
import { decodeGrpcMessage, encodeGrpcMessage } from "./grpc_message.ts";
import { appendMetadata, headersFromFields } from "./metadata.ts";

/** The trailers of every call that ends well and sets none of its own. */
export const OK_TRAILERS: FieldList = Object.freeze([Object.freeze(["grpc-status", "0"] as const)]);

/**
 * The most that `grpc-status-details-bin` takes, in octets. More would push the section over the
 * 16 KiB that gRPC's C core takes, and the code would be lost with the details.
 */
const MAX_DETAILS_BYTES = 8192;

/**
 * The status part of the trailers. `error` null is OK. `metadata` goes with it; the error's own
 * metadata too, unless the error came from another peer's wire. Metadata that cannot be sent is
 * replaced by an internal error: the trailers themselves are always well-formed.
 */
export function statusTrailers(error: ConnectError | null, metadata?: Headers): FieldList {
  if (error === null && metadata === undefined) return OK_TRAILERS;
  const fields: Field[] = [];
  let status = error;
  try {
    if (metadata !== undefined) appendMetadata(fields, metadata);
    if (error !== null && !error.isWireError) appendMetadata(fields, error.metadata);
  } catch (broken) {
    fields.length = 0;
    status = error ?? ConnectError.from(broken, Code.Internal);
  }
  if (status === null) {
    fields.unshift(OK_TRAILERS[0]);
    return fields;
  }
  // A code outside the enumeration (0 above all) must not turn an error into something else.
  const code = Code[status.code] === undefined ? Code.Unknown : status.code;
  const head: Field[] = [["grpc-status", String(code)]];
  if (status.rawMessage !== "") {
    head.push(["grpc-message", encodeGrpcMessage(status.rawMessage)]);
  }
  const details = encodeDetails(status);
  if (details !== undefined) head.push(["grpc-status-details-bin", details]);
  return head.concat(fields);
}

/**
 * Reads the status of a trailer section (or of a trailers-only response).
 *
 * @returns `null` for OK; the error, with the section's metadata and details; or `undefined` if
 * there is no `grpc-status`.
 */
export function statusFromTrailers(fields: FieldList): ConnectError | null | undefined {
  const text = fieldValue(fields, "grpc-status");
  if (text === undefined) return undefined;
  if (text === "0") return null;
  const code = Number(text);
  // A code that the specification does not know counts as UNKNOWN (doc/statuscodes.md).
  const known = /^\d+$/.test(text) && Code[code] !== undefined;
  const message = decodeGrpcMessage(fieldValue(fields, "grpc-message") ?? "");
  const error = new ConnectError(
    known || message !== "" ? message : `invalid grpc-status: ${text.slice(0, 20)}`,
    known ? code : Code.Unknown,
    headersFromFields(fields),
  );
  error.isWireError = true;
  const details = fieldValue(fields, "grpc-status-details-bin");
  if (details !== undefined) error.details = decodeDetails(details);
  return error;
}

function encodeDetails(error: ConnectError): string | undefined {
  if (error.details.length === 0) return undefined;
  try {
    const status = create(StatusSchema, {
      code: error.code,
      message: decodeGrpcMessage(encodeGrpcMessage(error.rawMessage)),
      details: error.details.map((detail) =>
        "desc" in detail
          ? anyPack(detail.desc, create(detail.desc, detail.value))
          : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value }
      ),
    });
    const encoded = base64Encode(toBinary(StatusSchema, status), "std_raw");
    return encoded.length <= MAX_DETAILS_BYTES ? encoded : undefined;
  } catch {
    return undefined; // a detail that cannot be serialized must not hide the error itself
  }
}

function decodeDetails(value: string): ConnectError["details"] {
  try {
    // A true-binary value starts with NUL; see metadata.ts.
    const bytes = value.charCodeAt(0) === 0
      ? Uint8Array.from(value.slice(1), (c) => c.charCodeAt(0))
      : base64Decode(value);
    return fromBinary(StatusSchema, bytes).details.map((any) => ({
      type: any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1),
      value: any.value,
    }));
  } catch {
    return [];
  }
}
