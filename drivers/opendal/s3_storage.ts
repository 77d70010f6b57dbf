import { httpMetadata } from "./http_storage.ts";
import {
  checkCopy,
  checkDirectoryPath,
  checkFilePath,
  isDirectoryPath,
  parentOf,
  shownPath,
} from "./path.ts";
import { bodyFrom, deferred } from "./range_stream.ts";
import type { S3Client } from "./s3_client.ts";
import { S3Writer } from "./s3_writer.ts";
import { xmlParts, xmlText, xmlTexts } from "./s3_xml.ts";
import {
  type Capability,
  type Metadata,
  type PresignedOperation,
  type PresignedRequest,
  type Storage,
  StorageError,
  type StorageReader,
  type StorageWriter,
  unsupported,
} from "./storage.ts";

/** Objects that are removed at the same time. */
const REMOVED_AT_ONCE = 16;

/**
 * Files in a bucket. A directory is there as long as something is in it, or if it was made: S3 itself has none.
 */
export class S3Storage implements Storage {
  readonly scheme = "s3";
  readonly capability: Capability = {
    stat: true,
    read: true,
    write: true,
    writeCanMulti: true,
    writeCanEmpty: true,
    writeMultiMinSize: 5n * 1024n * 1024n,
    writeMultiMaxSize: 5n * 1024n * 1024n * 1024n,
    createDir: true,
    delete: true,
    copy: true,
    list: true,
    listWithRecursive: true,
    presign: true,
    presignStat: true,
    presignRead: true,
    presignWrite: true,
    shared: true,
  };
  readonly #client: S3Client;
  readonly #root: string;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * Files in a bucket.
   *
   * @param root what all keys begin with: empty, or with a slash at its end
   * @param headers header fields of what is written: storage class, encryption
   */
  constructor(client: S3Client, root: string, headers: Readonly<Record<string, string>> = {}) {
    this.#client = client;
    this.#root = root;
    this.#headers = headers;
  }

  async stat(path: string): Promise<Metadata> {
    if (!isDirectoryPath(path)) {
      try {
        const response = await this.#send("stat", "HEAD", path);
        await response.body?.cancel();
        return httpMetadata(response.headers, false);
      } catch (error) {
        if (!(error instanceof StorageError && error.kind === "NotFound")) throw error;
      }
    }
    const directory = isDirectoryPath(path) ? path : `${path}/`;
    if (path === "" || !(await this.#page(directory, false, { "max-keys": "1" })).isEmpty) {
      return httpMetadata(new Headers(), true);
    }
    throw new StorageError("NotFound", `Cannot stat ${path}: no such file or directory`);
  }

  async openRead(path: string): Promise<StorageReader> {
    checkFilePath("read", path);
    const { contentLength, etag, mode } = await this.stat(path);
    if (mode?.entryIsDir) checkFilePath("read", `${path}/`);
    const size = Number(contentLength);
    return {
      size,
      stream: (position, signal) =>
        deferred(async () => {
          if (position >= size) return new Blob([]).stream();
          const headers: Record<string, string> = {};
          if (position > 0) headers.range = `bytes=${position}-`;
          // What is read is what was opened, even if it is written meanwhile.
          if (etag !== undefined) headers["if-match"] = etag;
          return bodyFrom(await this.#send("read", "GET", path, { headers, signal }), position);
        }),
      close(): void {},
    };
  }

  openWrite(path: string): Promise<StorageWriter> {
    return Promise.resolve().then(() => {
      checkFilePath("write", path);
      return new S3Writer(this.#client, this.#root + path, this.#headers);
    });
  }

  async *list(path: string, recursive: boolean): AsyncGenerator<string, void, void> {
    const directory = isDirectoryPath(path) ? path : parentOf(path);
    let token: string | undefined;
    let shown = "";
    let first = true;
    do {
      const page = await this.#page(path, recursive, token && { "continuation-token": token });
      token = page.token;
      if (first && directory === path && (path === "" || !page.isEmpty)) yield shownPath(path);
      first = false;
      for (const entry of page.paths) {
        if (entry === directory) continue;
        // Directories on the way are shown before what is in them; keys come in order.
        for (let at = directory.length; (at = entry.indexOf("/", at) + 1) > 0;) {
          const folder = entry.slice(0, at);
          if (!shown.startsWith(folder)) yield folder;
        }
        if (!isDirectoryPath(entry)) yield entry;
        shown = entry;
      }
    } while (token !== undefined);
  }

  async copy(source: string, target: string): Promise<void> {
    checkCopy("copy", source, target);
    const from = this.#client.sourcePath(this.#root + source);
    const headers = { ...this.#headers, "x-amz-copy-source": from };
    const text = await (await this.#send("copy", "PUT", target, { headers })).text();
    if (text.includes("<Error>")) {
      throw new StorageError("Unexpected", `Cannot copy ${source}: ${xmlText(text, "Message")}`);
    }
  }

  rename(): Promise<void> {
    return Promise.reject(unsupported(this.scheme, "rename"));
  }

  async createDir(path: string): Promise<void> {
    checkDirectoryPath(path);
    if (path !== "") await this.#finish("create directory", "PUT", path, new Uint8Array());
  }

  async delete(path: string): Promise<void> {
    if (path !== "") await this.#finish("delete", "DELETE", path);
  }

  async removeAll(path: string): Promise<void> {
    if (!isDirectoryPath(path)) await this.delete(path);
    const folder = isDirectoryPath(path) ? path : `${path}/`;
    for (;;) {
      // What was listed is gone then: the first page is always the next one.
      const { paths } = await this.#page(folder, true);
      if (paths.length === 0) return;
      for (let at = 0; at < paths.length; at += REMOVED_AT_ONCE) {
        await Promise.all(
          paths.slice(at, at + REMOVED_AT_ONCE).map((entry) =>
            this.#finish("remove", "DELETE", entry)
          ),
        );
      }
    }
  }

  async presign(
    operation: PresignedOperation,
    path: string,
    expireSeconds: number,
  ): Promise<PresignedRequest> {
    checkFilePath("presign", path);
    const method = ({ stat: "HEAD", read: "GET", write: "PUT" } as const)[operation];
    const url = await this.#client.presign(method, this.#root + path, expireSeconds);
    return { url: url.href, method, headers: {} };
  }

  /** One page of keys below a prefix, as paths. */
  async #page(
    prefix: string,
    recursive: boolean,
    more: Readonly<Record<string, string>> | "" | undefined = {},
  ): Promise<{ paths: string[]; isEmpty: boolean; token: string | undefined }> {
    const query: Record<string, string> = {
      "list-type": "2",
      // Keys may have characters that XML has not.
      "encoding-type": "url",
      prefix: this.#root + prefix,
      ...(more || {}),
    };
    if (!recursive) query.delimiter = "/";
    const response = await this.#client.send({
      operation: "list",
      method: "GET",
      key: "",
      query,
    });
    const xml = await response.text();
    const keys = [
      ...xmlParts(xml, "Contents").flatMap((part) => xmlTexts(part, "Key")),
      ...xmlParts(xml, "CommonPrefixes").flatMap((part) => xmlTexts(part, "Prefix")),
    ];
    const paths = keys.map((key) =>
      decodeURIComponent(key.replaceAll("+", " ")).slice(this.#root.length)
    ).sort();
    const isTruncated = xmlText(xml, "IsTruncated") === "true";
    return {
      paths,
      isEmpty: keys.length === 0,
      token: isTruncated ? xmlText(xml, "NextContinuationToken") : undefined,
    };
  }

  #send(
    operation: string,
    method: "GET" | "HEAD" | "PUT" | "DELETE",
    path: string,
    more: {
      headers?: Record<string, string>;
      body?: Uint8Array<ArrayBuffer>;
      signal?: AbortSignal;
    } = {},
  ): Promise<Response> {
    return this.#client.send({ operation, method, key: this.#root + path, ...more });
  }

  async #finish(
    operation: string,
    method: "PUT" | "DELETE",
    path: string,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const response = await this.#send(operation, method, path, { body });
    await response.body?.cancel();
  }
}
