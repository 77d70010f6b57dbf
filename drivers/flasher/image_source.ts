import type { DriverNode, TransferOptions } from "@jumpstarter/core/client";
import { DETECT_BYTES, detectEncoding, type Encoding } from "@jumpstarter/core/stream";
import { openSource } from "./file_source.ts";

/** An image: a local path, an http(s) URL, or bytes. */
export type ImageSource = string | URL | ReadableStream<Uint8Array> | Uint8Array;

/** Options of flashing and dumping. */
export interface ImageOptions extends Pick<TransferOptions, "onProgress" | "signal"> {
  /**
   * How the image is compressed where it comes from, or is to be compressed where it goes. `auto` looks at the
   * first bytes. Not at all unless told: a driver then gets the bytes as they are.
   */
  compression?: Encoding | "auto";
}

/** Whether a source is a URL that the exporter can fetch by itself. */
export function isHttpUrl(source: unknown): boolean {
  return source instanceof URL ? /^https?:$/.test(source.protocol) : typeof source === "string" &&
    /^https?:\/\//.test(source);
}

/**
 * Runs a call with the handle of an image that the driver reads.
 *
 * An http(s) URL is fetched by the exporter, byte for byte as it is given. Where it is compressed, the exporter could
 * not tell the driver so: then the client fetches it and sends it on.
 *
 * @throws {Deno.errors.NotFound} if there is no such file; nothing is called then
 */
export async function sendImage<T>(
  node: DriverNode,
  source: ImageSource,
  use: (handle: string) => Promise<T>,
  options: ImageOptions = {},
): Promise<T> {
  const { compression, onProgress, signal } = options;
  if (isHttpUrl(source) && compression === undefined) {
    return await use(urlHandle(String(source), "GET"));
  }
  const { readable, size } = await openImage(source, signal);
  if (compression !== "auto") {
    return await node.withUpload(readable, use, {
      encoding: compression,
      size,
      onProgress,
      signal,
    });
  }
  const { encoding, whole } = await peekEncoding(readable);
  return await node.withUpload(whole, use, { encoding, size, onProgress, signal });
}

/** The handle of a file on a web server, with the URL as it is given. */
export function urlHandle(url: string, method: "GET" | "PUT"): string {
  return JSON.stringify({ kind: "presigned_request", headers: {}, url, method });
}

/** How a local file is compressed, by its first bytes. */
export async function detectFile(path: string): Promise<Encoding | undefined> {
  using file = await Deno.open(path, { read: true });
  const head = new Uint8Array(DETECT_BYTES);
  const count = await file.read(head) ?? 0;
  return detectEncoding(head.subarray(0, count)) ?? undefined;
}

/** How a stream is compressed, by its first bytes, and the stream with them. */
async function peekEncoding(readable: ReadableStream<Uint8Array>): Promise<{
  encoding: Encoding | undefined;
  whole: ReadableStream<Uint8Array>;
}> {
  const reader = readable.getReader();
  const chunks: Uint8Array[] = [];
  const head: number[] = [];
  while (head.length < DETECT_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    head.push(...value.subarray(0, DETECT_BYTES));
  }
  const whole = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const first = chunks.shift();
      if (first !== undefined) return controller.enqueue(first);
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { encoding: detectEncoding(Uint8Array.from(head)) ?? undefined, whole };
}

async function openImage(
  source: ImageSource,
  signal: AbortSignal | undefined,
): Promise<{ readable: ReadableStream<Uint8Array>; size: number | undefined }> {
  if (source instanceof ReadableStream) return { readable: source, size: undefined };
  if (source instanceof Uint8Array) {
    return { readable: new Blob([source as BlobPart]).stream(), size: source.length };
  }
  if (!isHttpUrl(source)) return await openSource(source);
  const response = await fetch(source, { signal });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    const { host, pathname } = new URL(source);
    throw new Error(`Cannot fetch ${host}${pathname}: status is ${response.status}`);
  }
  const length = Number(response.headers.get("content-length") ?? NaN);
  const size = Number.isNaN(length) || response.headers.has("content-encoding")
    ? undefined
    : length;
  return { readable: response.body, size };
}
