import { checkFilePath, isDirectoryPath, normalisePath } from "./path.ts";
import { bodyFrom, deferred, encodePath } from "./range_stream.ts";
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

/** Options of {@linkcode HttpStorage}. */
export interface HttpOptions {
  /** The server: `https://images.lab:8443`. */
  endpoint: string;
  /** The path on the server that paths are relative to. */
  root?: string;
  /** For basic authentication. */
  username?: string;
  /** For basic authentication. */
  password?: string;
  /** A bearer token. */
  token?: string;
}

/** Files on a web server, to be read. */
export class HttpStorage implements Storage {
  readonly scheme = "http";
  readonly capability: Capability = {
    stat: true,
    read: true,
    presign: true,
    presignStat: true,
    presignRead: true,
    shared: true,
  };
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * Files on a server.
   *
   * @throws {StorageError} ConfigInvalid if the endpoint is no http(s) URL
   */
  constructor(options: HttpOptions) {
    const { endpoint, root = "", username, password = "", token } = options;
    if (!/^https?:\/\/[^/]/.test(endpoint) || !URL.canParse(endpoint)) {
      throw new StorageError(
        "ConfigInvalid",
        `Cannot open storage: endpoint must be an http(s) URL: current value is '${endpoint}'`,
      );
    }
    const folder = normalisePath(`${root}/`);
    this.#base = `${endpoint.replace(/\/+$/, "")}/${encodePath(folder)}`;
    this.#headers = token !== undefined
      ? { authorization: `Bearer ${token}` }
      : username !== undefined
      ? { authorization: `Basic ${new TextEncoder().encode(`${username}:${password}`).toBase64()}` }
      : {};
  }

  async stat(path: string): Promise<Metadata> {
    let response = await this.#fetch("stat", path, { method: "HEAD" });
    if (response.status === 405 || response.status === 501) {
      response = await this.#fetch("stat", path, {});
    }
    await response.body?.cancel();
    checkStatus("stat", path, response);
    return httpMetadata(response.headers, isDirectoryPath(path));
  }

  async openRead(path: string): Promise<StorageReader> {
    checkFilePath("read", path);
    const size = Number((await this.stat(path)).contentLength);
    return {
      size,
      stream: (position, signal) =>
        deferred(async () => {
          const headers: HeadersInit = position > 0 ? { range: `bytes=${position}-` } : {};
          const response = await this.#fetch("read", path, { headers, signal });
          if (response.status === 416) {
            await response.body?.cancel();
            return new Blob([]).stream();
          }
          if (!response.ok) await response.body?.cancel();
          checkStatus("read", path, response);
          return bodyFrom(response, position);
        }),
      close(): void {},
    };
  }

  openWrite(): Promise<StorageWriter> {
    return Promise.reject(unsupported(this.scheme, "write"));
  }

  // deno-lint-ignore require-yield -- it only throws
  async *list(): AsyncGenerator<string, void, void> {
    throw await Promise.resolve(unsupported(this.scheme, "list"));
  }

  copy(): Promise<void> {
    return Promise.reject(unsupported(this.scheme, "copy"));
  }

  rename(): Promise<void> {
    return Promise.reject(unsupported(this.scheme, "rename"));
  }

  createDir(): Promise<void> {
    return Promise.reject(unsupported(this.scheme, "create a directory"));
  }

  delete(): Promise<void> {
    return Promise.reject(unsupported(this.scheme, "delete"));
  }

  removeAll(): Promise<void> {
    return Promise.reject(unsupported(this.scheme, "remove"));
  }

  presign(operation: PresignedOperation, path: string): Promise<PresignedRequest> {
    if (operation === "write") {
      return Promise.reject(unsupported(this.scheme, "presign write"));
    }
    const method = operation === "stat" ? "HEAD" : "GET";
    return Promise.resolve({ url: this.#url(path), method, headers: { ...this.#headers } });
  }

  #url(path: string): string {
    return this.#base + encodePath(path);
  }

  async #fetch(operation: string, path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(this.#headers)) headers.set(name, value);
    try {
      return await fetch(this.#url(path), { ...init, headers });
    } catch (error) {
      init.signal?.throwIfAborted();
      throw new StorageError(
        "Unexpected",
        `Cannot ${operation} ${path}: the server cannot be reached`,
        { cause: error },
      );
    }
  }
}

/** What a response's header fields say of a file. */
export function httpMetadata(headers: Headers, isDirectory: boolean): Metadata {
  const length = headers.get("content-length") ?? "0";
  return {
    contentDisposition: headers.get("content-disposition") ?? undefined,
    contentLength: /^[0-9]+$/.test(length) && !isDirectory ? BigInt(length) : 0n,
    contentMd5: headers.get("content-md5") ?? undefined,
    contentType: headers.get("content-type") ?? undefined,
    etag: headers.get("etag") ?? undefined,
    mode: { entryIsFile: !isDirectory, entryIsDir: isDirectory },
  };
}

function checkStatus(operation: string, path: string, { ok, status }: Response): void {
  if (ok) return;
  throw new StorageError(
    kindOfStatus(status),
    `Cannot ${operation} ${path}: the server's status is ${status}`,
  );
}

/** The kind of failure that a status means. */
export function kindOfStatus(status: number): StorageError["kind"] {
  if (status === 404 || status === 410) return "NotFound";
  if (status === 401 || status === 403) return "PermissionDenied";
  return "Unexpected";
}
