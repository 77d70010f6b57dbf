import type { S3Client } from "./s3_client.ts";
import { xmlEscape, xmlText } from "./s3_xml.ts";
import { StorageError, type StorageWriter } from "./storage.ts";

/** The least size of a part but for the last: 5 MiB is S3's; a few more make fewer requests. */
export const PART_BYTES = 8 * 1024 * 1024;

/** S3 takes 10,000 parts: each thousand is twice as large as the one before, for objects up to 5 TiB and more. */
const PARTS_OF_ONE_SIZE = 1_000;

/**
 * Writes an object: at once if it is small, otherwise in parts, of which one is sent while the next one fills. The
 * object appears when all is there.
 */
export class S3Writer implements StorageWriter {
  readonly #client: S3Client;
  readonly #key: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #etags: string[] = [];
  readonly #abort = new AbortController();
  #part: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #used = 0;
  #uploadId: string | undefined;
  #sending: Promise<void> | undefined;
  #failure: { reason: unknown } | undefined;
  #over = false;

  /** Writes to `key`; `headers` are those of the object. */
  constructor(client: S3Client, key: string, headers: Readonly<Record<string, string>>) {
    this.#client = client;
    this.#key = key;
    this.#headers = headers;
  }

  write(chunk: Uint8Array): Promise<void> | void {
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (this.#used + chunk.length <= this.#part.length) {
      this.#part.set(chunk, this.#used);
      this.#used += chunk.length;
      return;
    }
    return this.#writeMore(chunk);
  }

  async commit(): Promise<void> {
    try {
      await this.#settled();
      const rest = this.#part.subarray(0, this.#used);
      if (this.#uploadId === undefined) {
        await this.#finish("PUT", {}, rest, this.#headers);
      } else {
        if (rest.length > 0) await this.#sendPart(rest);
        await this.#complete();
      }
      this.#over = true;
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async abort(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#abort.abort(new Error("Cannot write: the file was given up"));
    await this.#sending;
    if (this.#uploadId === undefined) return;
    await this.#finish("DELETE", { uploadId: this.#uploadId }).catch(() => {
      // The server cannot be reached any more; buckets expire unfinished uploads by their own rules.
    });
  }

  async #writeMore(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      if (this.#used === this.#part.length) await this.#nextPart();
      const step = Math.min(this.#part.length - this.#used, chunk.length - at);
      this.#part.set(chunk.subarray(at, at + step), this.#used);
      this.#used += step;
      at += step;
    }
  }

  /** Sends the part that is full, and begins another. */
  async #nextPart(): Promise<void> {
    await this.#settled();
    const full = this.#part;
    if (full.length > 0) {
      this.#sending = this.#sendPart(full).catch((reason) => {
        this.#failure = { reason };
      });
    }
    const parts = this.#etags.length + 1;
    this.#part = new Uint8Array(PART_BYTES * 2 ** Math.floor(parts / PARTS_OF_ONE_SIZE));
    this.#used = 0;
  }

  async #sendPart(body: Uint8Array<ArrayBuffer>): Promise<void> {
    const { signal } = this.#abort;
    const uploadId = this.#uploadId ??= await this.#create();
    const partNumber = String(this.#etags.length + 1);
    const response = await this.#client.send({
      operation: "write",
      method: "PUT",
      key: this.#key,
      query: { partNumber, uploadId },
      body,
      signal,
    });
    await response.body?.cancel();
    this.#etags.push(response.headers.get("etag") ?? "");
  }

  async #create(): Promise<string> {
    const text = await this.#finish("POST", { uploads: "" }, undefined, this.#headers);
    const id = xmlText(text, "UploadId");
    if (id === undefined) {
      throw new StorageError("Unexpected", `Cannot write ${this.#key}: the server names no upload`);
    }
    return id;
  }

  async #complete(): Promise<void> {
    const parts = this.#etags.map((etag, i) =>
      `<Part><PartNumber>${i + 1}</PartNumber><ETag>${xmlEscape(etag)}</ETag></Part>`
    );
    const xml = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${
      parts.join("")
    }</CompleteMultipartUpload>`;
    const uploadId = this.#uploadId!;
    const text = await this.#finish("POST", { uploadId }, new TextEncoder().encode(xml));
    // S3 says 200 first, and what went wrong later.
    if (text.includes("<Error>")) {
      throw new StorageError(
        "Unexpected",
        `Cannot write ${this.#key}: ${xmlText(text, "Code")}: ${xmlText(text, "Message")}`,
      );
    }
  }

  /** A request whose response is read to its end. */
  async #finish(
    method: "PUT" | "POST" | "DELETE",
    query: Record<string, string>,
    body?: Uint8Array<ArrayBuffer>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<string> {
    const response = await this.#client.send({
      operation: "write",
      method,
      key: this.#key,
      query,
      body,
      headers,
    });
    return await response.text();
  }

  async #settled(): Promise<void> {
    await this.#sending;
    this.#sending = undefined;
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}
