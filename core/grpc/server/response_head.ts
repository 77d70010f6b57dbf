import type { Field, FieldList } from "../../http2/mod.ts";
import type { MessageEncoding } from "../protocol/compression.ts";
import { ACCEPT_ENCODING } from "../protocol/compression.ts";
import { responseContentType } from "../protocol/content_type.ts";
import { appendMetadata } from "../protocol/metadata.ts";

const STATUS_200: Field = Object.freeze([":status", "200"] as const);

/** Sections are made once per content type and encoding, so that HPACK finds the block it made before. */
const cache = new Map<string, FieldList>();

/** The response's header section without metadata of the handler. `requestType` is the request's content type. */
export function plainResponseHead(
  requestType: string | undefined,
  encoding: MessageEncoding | null,
): FieldList {
  const contentType = responseContentType(requestType);
  const key = encoding === null ? contentType : `${contentType},${encoding.name}`;
  let fields = cache.get(key);
  if (fields === undefined) {
    const made: Field[] = [STATUS_200, ["content-type", contentType]];
    if (encoding !== null) made.push(["grpc-encoding", encoding.name]);
    fields = Object.freeze(made);
    cache.set(key, fields);
  }
  return fields;
}

/**
 * The response's header section with metadata of the handler.
 *
 * @throws {ConnectError} `Code.Internal` if the metadata cannot be sent
 */
export function responseHead(plain: FieldList, metadata: Headers): FieldList {
  const fields: Field[] = [...plain];
  appendMetadata(fields, metadata);
  return fields;
}

/** A trailers-only response. `acceptEncoding` tells the encodings understood here. */
export function trailersOnly(
  requestType: string | undefined,
  trailers: FieldList,
  acceptEncoding = false,
): FieldList {
  const fields: Field[] = [
    STATUS_200,
    ["content-type", responseContentType(requestType)],
    ...trailers,
  ];
  if (acceptEncoding) fields.push(["grpc-accept-encoding", ACCEPT_ENCODING]);
  return fields;
}
