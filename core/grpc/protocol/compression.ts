import type { Buffer } from "node:buffer";
import type { gunzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import { tooLarge } from "./deframer.ts";
import { nodeBuiltin } from "./node_builtin.ts";

/**
 * A message encoding of gRPC (doc/compression.md). Both ways are synchronous: in Deno the
 * asynchronous functions of `node:zlib` and the streams of the web work on the same thread.
 */
export interface MessageEncoding {
  /** The name on the wire: `gzip`. */
  readonly name: string;
  /** Compresses one message. */
  compress(message: Uint8Array): Uint8Array;
  /**
   * Decompresses one message; stops as soon as the result exceeds `limit` bytes.
   *
   * @throws {ConnectError} `Code.ResourceExhausted` over the limit, `Code.Internal` if broken
   */
  decompress(message: Uint8Array, limit: number): Uint8Array;
}

/** `gzip`, RFC 1952. */
export const gzip: MessageEncoding = {
  name: "gzip",
  compress: (message) => nodeBuiltin("node:zlib").gzipSync(message),
  decompress: (message, limit) =>
    inflateWith(nodeBuiltin("node:zlib").gunzipSync, "gzip", message, limit),
};

/** `deflate`: the zlib format of RFC 1950, as in HTTP. */
export const deflate: MessageEncoding = {
  name: "deflate",
  compress: (message) => nodeBuiltin("node:zlib").deflateSync(message),
  decompress: (message, limit) =>
    inflateWith(nodeBuiltin("node:zlib").inflateSync, "deflate", message, limit),
};

/** The value of `grpc-accept-encoding` for all that is known here. */
export const ACCEPT_ENCODING = "gzip, deflate, identity";

/**
 * The encoding of a `grpc-encoding` field; `null` for identity or none.
 *
 * @throws {ConnectError} `Code.Unimplemented` for an unknown one, with `grpc-accept-encoding` left
 * to the sender of the status.
 */
export function messageEncoding(name: string | undefined): MessageEncoding | null {
  switch (name) {
    case undefined:
    case "identity":
    case "":
      return null;
    case "gzip":
      return gzip;
    case "deflate":
      return deflate;
    default:
      throw new ConnectError(
        `unknown compression '${name.slice(0, 40)}': supported encodings are ${ACCEPT_ENCODING}`,
        Code.Unimplemented,
      );
  }
}

/** Whether a `grpc-accept-encoding` value lists `encoding`. */
export function acceptsEncoding(accept: string | undefined, encoding: MessageEncoding): boolean {
  return accept !== undefined &&
    accept.split(",").some((name) => name.trim() === encoding.name);
}

function inflateWith(
  inflate: typeof gunzipSync,
  name: string,
  message: Uint8Array,
  limit: number,
): Uint8Array {
  // An empty payload stands for an empty message, also when it is marked as compressed.
  if (message.length === 0) return message;
  try {
    const out: Buffer = inflate(message, { maxOutputLength: Math.max(limit, 1) });
    if (out.length > limit) throw tooLarge(out.length, limit);
    // A short result lies in a chunk of 16 KiB: a message that is kept should not hold that.
    return out.buffer.byteLength > out.length * 2 ? new Uint8Array(out) : asBytes(out);
  } catch (error) {
    if (error instanceof ConnectError) throw error;
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw new ConnectError(
        `Received message larger than max (decompressed, ${limit})`,
        Code.ResourceExhausted,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConnectError(
      `Cannot decompress ${name} message: ${reason}`,
      Code.Internal,
      undefined,
      undefined,
      error,
    );
  }
}

function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
