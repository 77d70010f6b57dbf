import { type CallOptions, DriverClient, type TypedDriver } from "@jumpstarter/core/client";
import { type StorageCapability, StorageInterface } from "@jumpstarter/proto/driver/storage/v1";
import { type ImageSource, isHttpUrl, openSource } from "../flasher/mod.ts";
import { type FileTransferOptions, OpendalFile } from "./file_client.ts";
import type { HashAlgorithm } from "./hash_file.ts";

/** What is known of a file or directory. */
export interface FileInfo {
  /** Bytes; of a directory 0. */
  readonly size: number;
  /** Whether it is a file. */
  readonly isFile: boolean;
  /** Whether it is a directory. */
  readonly isDirectory: boolean;
  /** The media type, where the storage keeps one. */
  readonly contentType?: string;
  /** The HTTP field of that name, where the storage keeps one. */
  readonly contentDisposition?: string;
  /** The MD5 digest in base64, where the storage keeps one. */
  readonly contentMd5?: string;
  /** The version, where the storage keeps one. */
  readonly etag?: string;
}

/** A request that anybody may make, for as long as it is good. */
export interface SharedRequest {
  /** The URL, to be used as it stands. */
  readonly url: string;
  /** The method. */
  readonly method: string;
  /** Header fields that the request must have. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of {@linkcode OpendalClient.upload}. */
export interface UploadOptions extends FileTransferOptions {
  /** Whether a file that has the same SHA-256 on the storage is left alone. False unless told. */
  skipSame?: boolean;
}

/** Files on storage of the exporter. */
export class OpendalClient extends DriverClient {
  get #driver(): TypedDriver<typeof StorageInterface> {
    return this.node.typed(StorageInterface);
  }

  /**
   * Opens a file.
   *
   * @param mode `rb` to read, `wb` to write from the start
   */
  async open(path: string, mode: "rb" | "wb", options: CallOptions = {}): Promise<OpendalFile> {
    checkOneOf("open", "mode", mode, ["rb", "wb"]);
    const driver = this.#driver;
    const { id } = await driver.open({ path, mode }, options);
    return new OpendalFile(this.node, driver, id);
  }

  /** Writes bytes to a file. */
  async writeBytes(
    path: string,
    bytes: Uint8Array,
    options: FileTransferOptions = {},
  ): Promise<void> {
    await this.upload(path, bytes, options);
  }

  /** The content of a file. */
  async readBytes(
    path: string,
    options: FileTransferOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    await using file = await this.open(path, "rb", { signal: options.signal });
    return await file.readBytes(options);
  }

  /**
   * Writes to a file what a local file, an http(s) URL or a stream has. The file appears, or changes, when all of it
   * has come.
   *
   * @returns whether anything was transferred
   */
  async upload(
    path: string,
    source: ImageSource,
    options: UploadOptions = {},
  ): Promise<boolean> {
    const { signal } = options;
    if (options.skipSame && !await this.needsUpload(path, source, { signal })) return false;
    const file = await this.open(path, "wb", { signal });
    try {
      await file.writeFrom(source, options);
    } catch (error) {
      // The exporter has given the file up already; what failed first is what matters.
      await file.close().catch(() => {});
      throw error;
    }
    await file.close({ signal });
    return true;
  }

  /** Reads a file into a local file, or a stream, or has it uploaded to an http(s) URL with PUT. */
  async download(
    path: string,
    target: string | URL | WritableStream<Uint8Array>,
    options: FileTransferOptions = {},
  ): Promise<void> {
    await using file = await this.open(path, "rb", { signal: options.signal });
    await file.readInto(target, options);
  }

  /**
   * Whether a source must be uploaded: not if it is a local file and the storage has one with the same SHA-256. When
   * in doubt, it must.
   */
  async needsUpload(
    path: string,
    source: ImageSource,
    options: CallOptions = {},
  ): Promise<boolean> {
    const { signal } = options;
    const isLocal = typeof source === "string" || source instanceof URL;
    if (!isLocal || isHttpUrl(source)) return true;
    try {
      const { readable, size } = await openSource(source);
      try {
        // Sizes are cheap to compare, and differ most of the time.
        if ((await this.stat(path, options)).size !== size) return true;
        const { hashStream } = await import("./hash_file.ts");
        const [here, there] = await Promise.all([
          hashStream(readable, "sha256", signal),
          this.hash(path, "sha256", options),
        ]);
        return here !== there;
      } finally {
        if (!readable.locked) await readable.cancel();
      }
    } catch {
      signal?.throwIfAborted();
      return true;
    }
  }

  /** What is known of a file or directory. */
  async stat(path: string, options: CallOptions = {}): Promise<FileInfo> {
    const metadata = await this.#driver.stat({ path }, options);
    const { contentLength, contentType, contentDisposition, contentMd5, etag, mode } = metadata;
    return {
      size: Number(contentLength),
      isFile: mode?.entryIsFile ?? false,
      isDirectory: mode?.entryIsDir ?? false,
      contentType,
      contentDisposition,
      contentMd5,
      etag,
    };
  }

  /** The digest of a file, in lower-case hexadecimal. */
  async hash(
    path: string,
    algorithm: HashAlgorithm = "sha256",
    options: CallOptions = {},
  ): Promise<string> {
    checkOneOf("hash", "algorithm", algorithm, ["md5", "sha256"]);
    return (await this.#driver.hash({ path, algo: algorithm }, options)).digest;
  }

  /** Copies a file. Missing directories are made. */
  async copy(source: string, target: string, options: CallOptions = {}): Promise<void> {
    await this.#driver.copy({ source, target }, options);
  }

  /** Gives a file another name. Missing directories are made. */
  async rename(source: string, target: string, options: CallOptions = {}): Promise<void> {
    await this.#driver.rename({ source, target }, options);
  }

  /** Removes a file, or a directory with all that is in it; none is fine. */
  async removeAll(path: string, options: CallOptions = {}): Promise<void> {
    await this.#driver.removeAll({ path }, options);
  }

  /** Makes a directory, and those above it. Its path ends with a slash. */
  async createDir(path: string, options: CallOptions = {}): Promise<void> {
    await this.#driver.createDir({ path }, options);
  }

  /** Removes a file or an empty directory; none is fine. */
  async delete(path: string, options: CallOptions = {}): Promise<void> {
    await this.#driver.delete({ path }, options);
  }

  /** Whether there is a file or directory. */
  async exists(path: string, options: CallOptions = {}): Promise<boolean> {
    return (await this.#driver.exists({ path }, options)).exists;
  }

  /** A directory and what is directly in it; directories end with a slash. */
  async *list(path: string, options: CallOptions = {}): AsyncGenerator<string, void, undefined> {
    for await (const entry of this.#driver.list({ path }, options)) yield entry.path;
  }

  /** A directory and all that is in it, at any depth; directories end with a slash. */
  async *scan(path: string, options: CallOptions = {}): AsyncGenerator<string, void, undefined> {
    for await (const entry of this.#driver.scan({ path }, options)) yield entry.path;
  }

  /** A request that tells what is known of a file. */
  async presignStat(
    path: string,
    expireSeconds: number,
    options: CallOptions = {},
  ): Promise<SharedRequest> {
    return await this.#driver.presignStat({ path, expireSecond: BigInt(expireSeconds) }, options);
  }

  /** A request that reads a file. */
  async presignRead(
    path: string,
    expireSeconds: number,
    options: CallOptions = {},
  ): Promise<SharedRequest> {
    return await this.#driver.presignRead({ path, expireSecond: BigInt(expireSeconds) }, options);
  }

  /** A request that writes a file. */
  async presignWrite(
    path: string,
    expireSeconds: number,
    options: CallOptions = {},
  ): Promise<SharedRequest> {
    return await this.#driver.presignWrite({ path, expireSecond: BigInt(expireSeconds) }, options);
  }

  /** What the storage can do. */
  async capability(options: CallOptions = {}): Promise<StorageCapability> {
    return await this.#driver.capability({}, options);
  }

  /** What has been made on the storage since the session began. */
  async createdResources(options: CallOptions = {}): Promise<Set<string>> {
    return new Set((await this.#driver.getCreatedResources({}, options)).paths);
  }
}

/** A mistake that is found here costs no round trip, and upstream's clients find it here too. */
function checkOneOf(
  operation: string,
  name: string,
  value: string,
  known: readonly string[],
): void {
  if (known.includes(value)) return;
  throw new RangeError(
    `Cannot ${operation}: ${name} must be ${known.join(" or ")}: current value is '${value}'`,
  );
}
