import { Code, ConnectError } from "@connectrpc/connect";
import { type FieldList, fieldValue } from "../../http2/mod.ts";
import { type MessageEncoding, messageEncoding } from "../protocol/compression.ts";
import { isGrpcContentType } from "../protocol/content_type.ts";
import { errorFromHttpStatus } from "../protocol/http_code.ts";
import { headersFromFields } from "../protocol/metadata.ts";

/** What a response's header section says to the protocol. */
export interface ResponseHead {
  /** How messages with the compressed flag are read; `null` if there may be none. */
  readonly encoding: MessageEncoding | null;
}

const PLAIN: ResponseHead = Object.freeze({ encoding: null });

/** A decoder returns the same list for the same section, so that most are looked at once. */
const known = new WeakSet<FieldList>();

/**
 * Reads the header section of a response, trailers-only or not.
 *
 * @throws {ConnectError} if it is not gRPC: another HTTP status than 200, another content type, an
 * unknown message encoding
 */
export function responseHead(fields: FieldList): ResponseHead {
  if (known.has(fields)) return PLAIN;
  const status = Number(fieldValue(fields, ":status"));
  if (status !== 200) throw errorFromHttpStatus(status, headersFromFields(fields));
  const contentType = fieldValue(fields, "content-type");
  if (!isGrpcContentType(contentType)) {
    throw new ConnectError(
      `unsupported content type '${contentType?.slice(0, 100) ?? ""}'`,
      Code.Unknown,
      headersFromFields(fields),
    );
  }
  const name = fieldValue(fields, "grpc-encoding");
  if (name === undefined || name === "identity") {
    known.add(fields);
    return PLAIN;
  }
  try {
    return { encoding: messageEncoding(name) };
  } catch {
    // A client counts as INTERNAL what a server answers with UNIMPLEMENTED (doc/compression.md).
    throw new ConnectError(
      `unsupported response encoding '${name.slice(0, 40)}'`,
      Code.Internal,
      headersFromFields(fields),
    );
  }
}
