import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  MetadataSchema,
  PresignedRequestSchema,
  StorageCapabilitySchema,
} from "@jumpstarter/proto/driver/storage/v1";

/** What is known of a file or directory. */
export type Metadata = MessageInitShape<typeof MetadataSchema>;

/** What a storage can do. */
export type Capability = MessageInitShape<typeof StorageCapabilitySchema>;

/** A request that anybody may make. */
export type PresignedRequest = MessageInitShape<typeof PresignedRequestSchema>;

/** What can be presigned. */
export type PresignedOperation = "stat" | "read" | "write";

/**
 * Where files are kept. Paths have gone through `normalisePath`: no slash at the beginning, a slash at the end of a
 * directory, empty for the root.
 *
 * What a storage cannot do fails with a {@linkcode StorageError} of kind `Unsupported`.
 */
export interface Storage {
  /** The name that exporter files use. */
  readonly scheme: string;
  /** What it can do. */
  readonly capability: Capability;
  /** Tells what is known of a file or directory. */
  stat(path: string): Promise<Metadata>;
  /** Opens a file to be read. */
  openRead(path: string): Promise<StorageReader>;
  /** Opens a file to be written from its start. */
  openWrite(path: string): Promise<StorageWriter>;
  /** Lists a directory, or with `recursive` all below it; without its slash a path is a prefix. */
  list(path: string, recursive: boolean): AsyncIterable<string>;
  /** Copies a file. */
  copy(source: string, target: string): Promise<void>;
  /** Gives a file another name. */
  rename(source: string, target: string): Promise<void>;
  /** Makes a directory. */
  createDir(path: string): Promise<void>;
  /** Removes a file or an empty directory; none is fine. */
  delete(path: string): Promise<void>;
  /** Removes a file, or a directory with all in it; none is fine. */
  removeAll(path: string): Promise<void>;
  /** Makes a request that anybody may make. */
  presign(
    operation: PresignedOperation,
    path: string,
    expireSeconds: number,
  ): Promise<PresignedRequest>;
}

/** A file that is read. */
export interface StorageReader {
  /** Bytes, as they were when it was opened. */
  readonly size: number;
  /** Reads from a position to the end. One stream at a time. */
  stream(position: number, signal?: AbortSignal): ReadableStream<Uint8Array>;
  /** Ends its use. */
  close(): void;
}

/** A file that is written. It comes into being with `commit`, and not before. */
export interface StorageWriter {
  /** Takes a chunk, which belongs to it from then on. Returns a promise only if the caller must wait for it. */
  write(chunk: Uint8Array): Promise<void> | void;
  /** Finishes the file. On failure nothing is left of it. */
  commit(): Promise<void>;
  /** Gives it up: nothing is left of it. */
  abort(): Promise<void>;
}

/** Why a storage refused; OpenDAL's names. */
export type StorageErrorKind =
  | "ConfigInvalid"
  | "IsADirectory"
  | "IsSameFile"
  | "NotADirectory"
  | "NotFound"
  | "PermissionDenied"
  | "Unexpected"
  | "Unsupported";

/** A storage cannot do what it was asked. */
export class StorageError extends Error {
  /** The class's name. */
  override readonly name = "StorageError";
  /** Why. */
  readonly kind: StorageErrorKind;

  /** An error of a kind. */
  constructor(kind: StorageErrorKind, message: string, options?: ErrorOptions) {
    super(`${message} (${kind})`, options);
    this.kind = kind;
  }
}

/** The error of what a storage cannot do at all. */
export function unsupported(scheme: string, operation: string): StorageError {
  return new StorageError("Unsupported", `Cannot ${operation}: ${scheme} storage cannot do that`);
}
