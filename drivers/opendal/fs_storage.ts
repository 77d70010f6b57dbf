import { AtomicFile, fileSource } from "../flasher/mod.ts";
import { listFolder } from "./fs_list.ts";
import {
  checkCopy,
  checkDirectoryPath,
  checkFilePath,
  isDirectoryPath,
  shownPath,
} from "./path.ts";
import {
  type Capability,
  type Metadata,
  type PresignedRequest,
  type Storage,
  StorageError,
  type StorageReader,
  type StorageWriter,
  unsupported,
} from "./storage.ts";

/** Options of {@linkcode FsStorage}. */
export interface FsOptions {
  /** The folder that paths are relative to; made if it is missing. */
  root: string;
  /** Where files are written until they are complete: on the same file system; beside the file unless told. */
  atomicWriteDir?: string;
}

/**
 * Files in a folder. Links are followed, wherever they lead: who has the exporter's machine sets them, callers
 * cannot. A file appears when it is closed after having been written; until then, and if anything fails, the one
 * before stays as it was.
 */
export class FsStorage implements Storage {
  readonly scheme = "fs";
  readonly capability: Capability = {
    stat: true,
    read: true,
    write: true,
    writeCanMulti: true,
    writeCanEmpty: true,
    createDir: true,
    delete: true,
    copy: true,
    rename: true,
    list: true,
    listWithRecursive: true,
    shared: true,
  };
  readonly #root: string;
  readonly #writeFolder: string | undefined;

  private constructor(root: string, writeFolder: string | undefined) {
    this.#root = root;
    this.#writeFolder = writeFolder;
  }

  /** Opens the folder, which is made if it is missing. */
  static async open(options: FsOptions): Promise<FsStorage> {
    const { root, atomicWriteDir } = options;
    await Deno.mkdir(root, { recursive: true });
    if (atomicWriteDir !== undefined) await Deno.mkdir(atomicWriteDir, { recursive: true });
    return new FsStorage((await Deno.realPath(root)).replace(/\/$/, ""), atomicWriteDir);
  }

  /** The folder, without links and without a slash at its end. */
  get root(): string {
    return this.#root;
  }

  async stat(path: string): Promise<Metadata> {
    const info = await this.#run("stat", path, () => {
      return Deno.stat(this.#at(path).replace(/\/$/, "")).catch((error) => {
        // Below a file there is nothing.
        throw error instanceof Deno.errors.NotADirectory
          ? new Deno.errors.NotFound(error.message)
          : error;
      });
    });
    if (!info.isDirectory && isDirectoryPath(path)) {
      throw new StorageError(
        "NotFound",
        `Cannot stat ${path}: stat expected a directory, but found a file`,
      );
    }
    return {
      contentLength: BigInt(info.isDirectory ? 0 : info.size),
      mode: { entryIsFile: info.isFile, entryIsDir: info.isDirectory },
    };
  }

  async openRead(path: string): Promise<StorageReader> {
    checkFilePath("read", path);
    const file = await this.#run("read", path, () => Deno.open(this.#at(path)));
    const info = await file.stat();
    if (info.isDirectory) {
      file.close();
      checkFilePath("read", `${path}/`);
    }
    return new FsReader(file, info.size);
  }

  async openWrite(path: string): Promise<StorageWriter> {
    checkFilePath("write", path);
    const file = await this.#run("write", path, async () => {
      await this.#makeParent(path);
      return await AtomicFile.open(this.#at(path), this.#writeFolder);
    });
    return {
      write: (chunk) => {
        try {
          // Most writes only fill a block: no promise for those.
          return file.write(chunk)?.catch((error) => {
            throw this.#worded("write", path, error);
          });
        } catch (error) {
          throw this.#worded("write", path, error);
        }
      },
      commit: () => this.#run("write", path, () => file.commit()),
      abort: () => file.abort(),
    };
  }

  list(path: string, recursive: boolean): AsyncIterable<string> {
    return listFolder(this.#root, path, recursive);
  }

  async copy(source: string, target: string): Promise<void> {
    checkCopy("copy", source, target);
    await this.#run("copy", source, async () => {
      const from = await Deno.open(this.#at(source));
      try {
        if ((await from.stat()).isDirectory) checkFilePath("copy", `${source}/`);
        await this.#makeParent(target);
        const to = await AtomicFile.open(this.#at(target), this.#writeFolder);
        try {
          for await (const chunk of fileSource(from, { onEnd() {} })) await to.write(chunk);
        } catch (error) {
          await to.abort();
          throw error;
        }
        await to.commit();
      } finally {
        from.close();
      }
    });
  }

  async rename(source: string, target: string): Promise<void> {
    checkCopy("rename", source, target);
    await this.#run("rename", source, async () => {
      if ((await Deno.stat(this.#at(source))).isDirectory) checkFilePath("rename", `${source}/`);
      await this.#makeParent(target);
      await Deno.rename(this.#at(source), this.#at(target));
    });
  }

  async createDir(path: string): Promise<void> {
    checkDirectoryPath(path);
    await this.#run(
      "create directory",
      path,
      () => Deno.mkdir(this.#at(path), { recursive: true }),
    );
  }

  async delete(path: string): Promise<void> {
    await this.#remove("delete", path, false);
  }

  async removeAll(path: string): Promise<void> {
    if (path !== "") return await this.#remove("remove", path, true);
    // The root itself stays: it is the storage.
    for await (const { name } of Deno.readDir(this.#root)) {
      await this.#remove("remove", name, true);
    }
  }

  presign(operation: string): Promise<PresignedRequest> {
    return Promise.reject(unsupported(this.scheme, `presign ${operation}`));
  }

  #at(path: string): string {
    return `${this.#root}/${path}`;
  }

  async #makeParent(path: string): Promise<void> {
    const slash = path.lastIndexOf("/");
    if (slash > 0) await Deno.mkdir(this.#at(path.slice(0, slash)), { recursive: true });
  }

  async #remove(operation: string, path: string, recursive: boolean): Promise<void> {
    if (path === "") {
      throw new StorageError("PermissionDenied", `Cannot ${operation} /: it is the storage's root`);
    }
    await this.#run(operation, path, async () => {
      try {
        await Deno.remove(this.#at(path).replace(/\/$/, ""), { recursive });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    });
  }

  async #run<T>(operation: string, path: string, run: () => T | Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw this.#worded(operation, path, error);
    }
  }

  /** Words what the operating system says; it names the exporter's folders, which are nobody's business. */
  #worded(operation: string, path: string, error: unknown): unknown {
    if (error instanceof StorageError || !(error instanceof Error)) return error;
    const reason = error.message.replaceAll(this.#root, "").split(/: (?:open|stat|mkdir) '/)[0];
    const message = `Cannot ${operation} ${shownPath(path)}: ${reason}`;
    return new StorageError(kindOf(error), message, { cause: error });
  }
}

class FsReader implements StorageReader {
  readonly size: number;
  readonly #file: Deno.FsFile;
  #closed = false;

  constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  stream(position: number): ReadableStream<Uint8Array> {
    this.#file.seekSync(position, Deno.SeekMode.Start);
    return fileSource(this.#file, { onEnd() {} });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }
}

function kindOf(error: Error): StorageError["kind"] {
  if (error instanceof Deno.errors.NotFound) return "NotFound";
  if (error instanceof Deno.errors.IsADirectory) return "IsADirectory";
  if (error instanceof Deno.errors.NotADirectory) return "NotADirectory";
  if (error instanceof Deno.errors.PermissionDenied) return "PermissionDenied";
  return "Unexpected";
}
