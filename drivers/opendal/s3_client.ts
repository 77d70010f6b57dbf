import { AwsV4Signer } from "aws4fetch";
import { createHash } from "node:crypto";
import { kindOfStatus } from "./http_storage.ts";
import { encodePath } from "./range_stream.ts";
import { StorageError } from "./storage.ts";
import { xmlText } from "./s3_xml.ts";

/** Options of {@linkcode S3Client}. */
export interface S3Options {
  /** The bucket. */
  bucket: string;
  /** The server: `https://s3.eu-central-1.amazonaws.com`, `http://minio.lab:9000`. */
  endpoint: string;
  /** What requests are signed for: `eu-central-1`. */
  region: string;
  /** Who signs; nobody where the bucket is public. */
  credentials?: S3Credentials;
  /** Whether the bucket is named by the host: `bucket.s3.…`; by the path unless told. */
  virtualHost?: boolean;
}

/** Who signs. */
export interface S3Credentials {
  /** The access key's id. */
  accessKeyId: string;
  /** The secret access key. */
  secretAccessKey: string;
  /** The token of a session, where there is one. */
  sessionToken?: string;
}

/** One request. */
export interface S3Request {
  /** What is done, for messages. */
  operation: string;
  /** The method. */
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** The object's key; empty for the bucket itself. */
  key: string;
  /** The query. */
  query?: Readonly<Record<string, string>>;
  /** Header fields. */
  headers?: Readonly<Record<string, string>>;
  /** The body. */
  body?: Uint8Array<ArrayBuffer>;
  /** Ends the request. */
  signal?: AbortSignal;
}

/** The digest of no bytes at all. */
const EMPTY_SHA256 = createHash("sha256").digest("hex");

/** Makes signed requests to an S3 server (AWS Signature Version 4; the signature itself is aws4fetch's). */
export class S3Client {
  readonly #options: S3Options;
  readonly #base: string;

  /** A client for one bucket. */
  constructor(options: S3Options) {
    this.#options = options;
    const { bucket, virtualHost } = options;
    const endpoint = options.endpoint.replace(/\/+$/, "");
    this.#base = virtualHost
      ? `${endpoint.replace("://", `://${bucket}.`)}/`
      : `${endpoint}/${encodePath(bucket)}/`;
  }

  /** The path of an object with its bucket, as copies name their source. */
  sourcePath(key: string): string {
    return `/${encodePath(`${this.#options.bucket}/${key}`)}`;
  }

  /**
   * Sends a request, and returns the response of one that succeeded.
   *
   * @throws {StorageError} with what the server says
   */
  async send(request: S3Request): Promise<Response> {
    const { operation, key, method, body, signal } = request;
    const url = this.#url(key, request.query);
    const headers = await this.#signedHeaders(url, request);
    let response: Response;
    try {
      response = await fetch(url, { method, headers, body, signal, redirect: "manual" });
    } catch (error) {
      signal?.throwIfAborted();
      throw new StorageError(
        "Unexpected",
        `Cannot ${operation} ${key}: the server cannot be reached`,
        { cause: error },
      );
    }
    if (!response.ok) throw await failure(operation, key, response);
    return response;
  }

  /**
   * A request that anybody may make.
   *
   * @param expireSeconds 1–604,800: seven days, S3's limit
   */
  async presign(method: "GET" | "HEAD" | "PUT", key: string, expireSeconds: number): Promise<URL> {
    if (!(expireSeconds >= 1 && expireSeconds <= 604_800)) {
      throw new RangeError(
        `Cannot presign: S3 wants 1 to 604800 seconds: current value is ${expireSeconds}`,
      );
    }
    const { credentials, region } = this.#options;
    const url = this.#url(key, { "X-Amz-Expires": String(expireSeconds) });
    if (credentials === undefined) {
      throw new StorageError(
        "Unsupported",
        `Cannot presign ${key}: the storage has no credentials`,
      );
    }
    const signer = new AwsV4Signer({
      ...credentials,
      region,
      service: "s3",
      method,
      url: url.href,
      signQuery: true,
    });
    return (await signer.sign()).url;
  }

  #url(key: string, query: S3Request["query"] = {}): URL {
    const url = new URL(this.#base + encodePath(key));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  async #signedHeaders(url: URL, request: S3Request): Promise<Headers> {
    const { body, method, headers } = request;
    const { credentials, region } = this.#options;
    if (credentials === undefined) return new Headers(headers);
    const digest = body === undefined
      ? EMPTY_SHA256
      : createHash("sha256").update(body).digest("hex");
    const signer = new AwsV4Signer({
      ...credentials,
      region,
      service: "s3",
      method,
      url: url.href,
      // Signed with its digest, so that the server sees what changed on the way.
      headers: { ...headers, "x-amz-content-sha256": digest },
      allHeaders: true,
    });
    return (await signer.sign()).headers;
  }
}

async function failure(operation: string, key: string, response: Response): Promise<StorageError> {
  const text = await response.text();
  const code = xmlText(text, "Code");
  const said = [code, xmlText(text, "Message")].filter((part) => part !== undefined).join(": ");
  return new StorageError(
    kindOfStatus(response.status),
    `Cannot ${operation} ${key}: the server's status is ${response.status}${said && `, ${said}`}`,
  );
}
