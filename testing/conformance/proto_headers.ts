/** Between the suite's messages and what Connect's interfaces take. */
import { create } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import type { Code as ConnectCode } from "@connectrpc/connect";
import type { Code } from "../proto/gen/connectrpc/conformance/v1/config_pb.ts";
import {
  type Error as ProtoError,
  ErrorSchema,
  type Header,
  HeaderSchema,
} from "../proto/gen/connectrpc/conformance/v1/service_pb.ts";

const TYPE_URL = "type.googleapis.com/";

/** Adds the suite's headers to `target`. */
export function appendHeaders(target: Headers, headers: readonly Header[] | undefined): void {
  for (const header of headers ?? []) {
    for (const value of header.value) target.append(header.name, value);
  }
}

/** The suite's form of `headers`. Several values of a name are one, with commas: the suite knows that. */
export function toProtoHeaders(headers: Headers): Header[] {
  return [...headers].map(([name, value]) => create(HeaderSchema, { name, value: [value] }));
}

/** What a handler throws for the suite's error; `details` are added to those it has. */
export function toConnectError(error: ProtoError, ...details: readonly Any[]): ConnectError {
  // The numbers of both enumerations are gRPC's.
  const made = new ConnectError(error.message ?? "", error.code as number as ConnectCode);
  made.details = [...error.details, ...details].map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value,
  }));
  return made;
}

/** The suite's form of what a call failed with. */
export function toProtoError(error: ConnectError): ProtoError {
  const details: Any[] = [];
  for (const detail of error.details) {
    if ("desc" in detail) continue; // made by this process, so never on the wire
    details.push(create(AnySchema, { typeUrl: TYPE_URL + detail.type, value: detail.value }));
  }
  const code = error.code as number as Code;
  return create(ErrorSchema, { code, message: error.rawMessage, details });
}
