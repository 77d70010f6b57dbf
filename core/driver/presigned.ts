import { decompressor } from "../stream/mod.ts";
import { connectPresigned } from "./presigned_connect.ts";
import { PresignedDeadline } from "./presigned_deadline.ts";
import { contentLength, type HttpExchange, type ResponseHead } from "./presigned_exchange.ts";
import { isSuccess, PresignedUpload, wantsLength } from "./presigned_upload.ts";
import type { Resource } from "./resource.ts";

/** A transfer that the exporter does itself, with somebody's web server: a `presigned_request` handle. */
export interface PresignedRequest {
  /** Sent with the request; those that carry credentials are not sent to another origin than the URL's. */
  readonly headers: Readonly<Record<string, string>>;
  /** http or https. Sent as it stands: it may be signed. */
  readonly url: string;
  /** GET reads the file, PUT writes it. */
  readonly method: "GET" | "PUT";
}

/** Options of {@linkcode openPresigned}. */
export interface PresignedOptions {
  /** Ends the transfer. */
  signal?: AbortSignal;
  /** The longest that the whole transfer may take, in ms; 7,200,000 unless told, as upstream. */
  timeoutMs?: number;
}

/** Upstream's `resource(handle, timeout=7200)`. */
const TIMEOUT_MS = 7_200_000;

/**
 * Opens a file on a web server.
 *
 * GET follows up to 10 redirects, relative ones too, and decodes a `Content-Encoding`. PUT asks the server first
 * (`Expect: 100-continue`), follows redirects that keep the method as long as no byte has been sent, and streams
 * the body, or gathers it for a server that wants to know its length first, as S3 does; `writable.close()` resolves
 * when the server has said that it has the file.
 *
 * Messages show URLs without their query, user and password; nothing is logged.
 *
 * @throws {SyntaxError} if the URL or a header cannot be sent
 * @throws {PresignedError} if the server cannot be reached or refuses
 * @throws {DOMException} TimeoutError at the deadline, which may also show while reading or writing
 */
export async function openPresigned(
  request: PresignedRequest,
  options: PresignedOptions = {},
): Promise<Resource> {
  const { method, url } = request;
  const deadline = new PresignedDeadline(
    method,
    url,
    options.timeoutMs ?? TIMEOUT_MS,
    options.signal,
  );
  try {
    const { exchange, head } = await connectPresigned(request, deadline);
    try {
      if (head !== undefined && !isSuccess(head) && !(method === "PUT" && wantsLength(head))) {
        throw deadline.refused(head.status, head.reason);
      }
      return method === "GET"
        ? download(exchange, head!, deadline)
        : new PresignedUpload(request, exchange, head, deadline);
    } catch (error) {
      exchange.close();
      throw error;
    }
  } catch (error) {
    deadline.end();
    throw deadline.failed(error);
  }
}

function download(
  exchange: HttpExchange,
  head: ResponseHead,
  deadline: PresignedDeadline,
): Resource {
  const coding = head.headers.get("content-encoding")?.toLowerCase() ?? "identity";
  const end = (): void => {
    deadline.end();
    exchange.close();
  };
  const chunks = exchange.body(head);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      try {
        const { done, value } = await chunks.next();
        if (!done) return controller.enqueue(value);
      } catch (error) {
        end();
        throw deadline.interrupted(error);
      }
      end();
      controller.close();
    },
    cancel: end,
  }, { highWaterMark: 0 });
  const readable = decoded(body, coding, deadline);
  return {
    readable,
    writable: deadEnd("Cannot write: the handle's method is GET"),
    size: coding === "identity" ? contentLength(head) : undefined,
    [Symbol.asyncDispose](): Promise<void> {
      end();
      return Promise.resolve();
    },
  };
}

function decoded(
  body: ReadableStream<Uint8Array>,
  coding: string,
  deadline: PresignedDeadline,
): ReadableStream<Uint8Array> {
  switch (coding) {
    case "":
    case "identity":
      return body;
    case "gzip":
    case "x-gzip":
      return body.pipeThrough(decompressor("gzip"));
    case "zstd":
      return body.pipeThrough(decompressor("zstd"));
    default:
      throw deadline.broken(`request failed: the content encoding '${coding}' is not known,`);
  }
}

function deadEnd(message: string): WritableStream<Uint8Array> {
  return new WritableStream({
    write(): void {
      throw new Error(message);
    },
  });
}
