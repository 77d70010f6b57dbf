import { Code, ConnectError } from "@connectrpc/connect";
import {
  create,
  type DescMessage,
  fromBinary,
  fromJsonString,
  type MessageInitShape,
  type MessageShape,
  type Registry,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import type { MessageFormat } from "./content_type.ts";

/** Turns messages of one type into bytes and back. */
export interface Codec<D extends DescMessage = DescMessage> {
  /**
   * Reads a message. Fields of type `bytes` may be parts of `bytes`.
   *
   * @throws {ConnectError} `Code.InvalidArgument`
   */
  parse(bytes: Uint8Array): MessageShape<D>;
  /**
   * Writes a message, or what a message can be made of.
   *
   * @throws {ConnectError} `Code.Internal`
   */
  serialize(message: MessageInitShape<D>): Uint8Array;
}

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The codec of a message type in a format.
 *
 * @param registry the types that a `google.protobuf.Any` may hold in JSON
 */
export function codec<D extends DescMessage>(
  desc: D,
  format: MessageFormat,
  registry?: Registry,
): Codec<D> {
  return format === "proto" ? binaryCodec(desc) : jsonCodec(desc, registry);
}

function binaryCodec<D extends DescMessage>(desc: D): Codec<D> {
  const hasFields = desc.fields.length > 0;
  return {
    parse(bytes) {
      if (bytes.length === 0) return create(desc);
      try {
        return fromBinary(desc, bytes);
      } catch (error) {
        throw broken(`Cannot parse ${desc.typeName}`, Code.InvalidArgument, error);
      }
    },
    serialize(message) {
      try {
        const whole = complete(desc, message);
        if (!hasFields && whole.$unknown === undefined) return EMPTY;
        return toBinary(desc, whole);
      } catch (error) {
        throw broken(`Cannot serialize ${desc.typeName}`, Code.Internal, error);
      }
    },
  };
}

function jsonCodec<D extends DescMessage>(desc: D, registry: Registry | undefined): Codec<D> {
  // As Connect does: clients of a newer schema are understood.
  const options = { ignoreUnknownFields: true, registry };
  return {
    parse(bytes) {
      try {
        return fromJsonString(desc, decoder.decode(bytes), options);
      } catch (error) {
        throw broken(`Cannot parse ${desc.typeName}`, Code.InvalidArgument, error);
      }
    },
    serialize(message) {
      try {
        return encoder.encode(toJsonString(desc, complete(desc, message), options));
      } catch (error) {
        throw broken(`Cannot serialize ${desc.typeName}`, Code.Internal, error);
      }
    },
  };
}

/** A message is taken as it is; an initializer becomes one. */
function complete<D extends DescMessage>(desc: D, message: MessageInitShape<D>): MessageShape<D> {
  return (message as { $typeName?: string }).$typeName === desc.typeName
    ? message as MessageShape<D>
    : create(desc, message);
}

function broken(what: string, code: Code, cause: unknown): ConnectError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConnectError(`${what}: ${reason}`, code, undefined, undefined, cause);
}
