import { ACCEPT_ENCODING } from "../protocol/compression.ts";
import { GRPC_CONTENT_TYPE, type MessageFormat } from "../protocol/content_type.ts";
import { appendMetadata } from "../protocol/metadata.ts";
import { formatGrpcTimeout } from "../protocol/timeout.ts";
import type { Field, FieldList } from "../../http2/mod.ts";

/** What `user-agent` says unless a call brings its own. */
export const USER_AGENT = "grpc-deno-jumpstarter/0.1.0";

/** What all requests of a transport have in common. */
export interface RequestFieldsOptions {
  /** `http` or `https`. */
  scheme: string;
  /** `:authority`. */
  authority: string;
  /** How messages are written. */
  format: MessageFormat;
  /** Name of the encoding in which messages are sent; none for `undefined`. */
  encoding?: string;
}

/** Paths whose section is kept; a service has tens of methods. */
const MOST_CACHED = 1024;

/**
 * Makes the header sections of requests (gRPC over HTTP/2, "Requests"). For calls without metadata
 * and deadline it returns one frozen list per path, which HPACK encodes once.
 */
export class RequestFields {
  readonly #options: RequestFieldsOptions;
  readonly #cache = new Map<string, FieldList>();

  /** For one transport. */
  constructor(options: RequestFieldsOptions) {
    this.#options = options;
  }

  /**
   * The section of one request.
   *
   * @param path `/package.Service/Method`
   * @param metadata the user's, without what belongs to the protocol
   * @param timeoutMs what is left until the deadline
   * @throws {ConnectError} `Code.Internal` if metadata cannot be sent over gRPC
   */
  section(path: string, metadata: Headers | undefined, timeoutMs: number | undefined): FieldList {
    if (metadata !== undefined || timeoutMs !== undefined) {
      return this.#make(path, metadata, timeoutMs);
    }
    let fields = this.#cache.get(path);
    if (fields === undefined) {
      fields = Object.freeze(this.#make(path, undefined, undefined));
      if (this.#cache.size >= MOST_CACHED) this.#cache.clear();
      this.#cache.set(path, fields);
    }
    return fields;
  }

  #make(path: string, metadata: Headers | undefined, timeoutMs: number | undefined): FieldList {
    const { scheme, authority, format, encoding } = this.#options;
    const fields: Field[] = [
      [":method", "POST"],
      [":scheme", scheme],
      [":path", path],
      [":authority", authority],
    ];
    if (timeoutMs !== undefined) fields.push(["grpc-timeout", formatGrpcTimeout(timeoutMs)]);
    fields.push(
      // gRPC over HTTP/2: TE → "te" "trailers", to find out proxies that drop trailers.
      ["te", "trailers"],
      ["content-type", format === "proto" ? GRPC_CONTENT_TYPE : `${GRPC_CONTENT_TYPE}+json`],
    );
    if (encoding !== undefined) fields.push(["grpc-encoding", encoding]);
    fields.push(["grpc-accept-encoding", ACCEPT_ENCODING]);
    if (metadata?.has("user-agent") !== true) fields.push(["user-agent", USER_AGENT]);
    if (metadata !== undefined) appendMetadata(fields, metadata);
    return fields;
  }
}
