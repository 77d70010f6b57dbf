import { BlockWriter } from "../flasher/mod.ts";
import {
  checkCopy,
  checkDirectoryPath,
  checkFilePath,
  isDirectoryPath,
  parentOf,
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

/** A file's content, which never changes: writing makes a new one. */
interface MemoryFile {
  readonly blocks: readonly Uint8Array[];
  readonly size: number;
}

/** Files in memory, for as long as the session lasts. */
export class MemoryStorage implements Storage {
  readonly scheme = "memory";
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
  };
  readonly #files = new Map<string, MemoryFile>();
  /** Those that were made; others are there because something is in them. */
  readonly #directories = new Set<string>();

  stat(path: string): Promise<Metadata> {
    const file = this.#files.get(path);
    if (file !== undefined) {
      return Promise.resolve({
        contentLength: BigInt(file.size),
        mode: { entryIsFile: true, entryIsDir: false },
      });
    }
    const directory = isDirectoryPath(path) ? path : `${path}/`;
    if (this.#isDirectory(directory)) {
      return Promise.resolve({
        contentLength: 0n,
        mode: { entryIsFile: false, entryIsDir: true },
      });
    }
    return Promise.reject(notFound("stat", path));
  }

  openRead(path: string): Promise<StorageReader> {
    return Promise.resolve(path).then(() => {
      checkFilePath("read", path);
      const { blocks, size } = this.#file("read", path);
      return { size, stream: (position) => blockStream(blocks, position), close(): void {} };
    });
  }

  openWrite(path: string): Promise<StorageWriter> {
    return Promise.resolve(path).then(() => {
      checkFilePath("write", path);
      if (this.#isDirectory(`${path}/`)) checkFilePath("write", `${path}/`);
      const blocks: Uint8Array[] = [];
      const writer = new BlockWriter((block) => {
        blocks.push(block.slice());
        return Promise.resolve();
      });
      return {
        write: (chunk: Uint8Array) => writer.write(chunk),
        commit: async () => {
          await writer.flush();
          this.#files.set(path, { blocks, size: writer.bytes });
        },
        abort: () => Promise.resolve(),
      };
    });
  }

  async *list(path: string, recursive: boolean): AsyncGenerator<string, void, void> {
    const directory = isDirectoryPath(path) ? path : parentOf(path);
    const found = new Set<string>();
    if (directory === path && this.#isDirectory(path)) found.add(shownPath(path));
    for (const key of [...this.#files.keys(), ...this.#directories]) {
      if (!key.startsWith(path) || key === path && isDirectoryPath(path)) continue;
      // Each directory on the way counts as one that is there.
      for (let at = directory.length;;) {
        const slash = key.indexOf("/", at);
        if (slash < 0) {
          if (at < key.length) found.add(key);
          break;
        }
        at = slash + 1;
        found.add(key.slice(0, at));
        if (!recursive) break;
      }
    }
    yield* [...found].sort();
  }

  copy(source: string, target: string): Promise<void> {
    return Promise.resolve().then(() => {
      checkCopy("copy", source, target);
      this.#files.set(target, this.#file("copy", source));
    });
  }

  async rename(source: string, target: string): Promise<void> {
    checkCopy("rename", source, target);
    this.#file("rename", source);
    await this.copy(source, target);
    this.#files.delete(source);
  }

  createDir(path: string): Promise<void> {
    return Promise.resolve().then(() => {
      checkDirectoryPath(path);
      if (path !== "") this.#directories.add(path);
    });
  }

  delete(path: string): Promise<void> {
    return Promise.resolve().then(() => {
      if (this.#files.delete(path)) return;
      const directory = isDirectoryPath(path) ? path : `${path}/`;
      const inside = (key: string): boolean => key !== directory && key.startsWith(directory);
      if ([...this.#files.keys(), ...this.#directories].some(inside)) {
        throw new StorageError(
          "Unexpected",
          `Cannot delete ${shownPath(path)}: directory is not empty`,
        );
      }
      this.#directories.delete(directory);
    });
  }

  removeAll(path: string): Promise<void> {
    const directory = isDirectoryPath(path) ? path : `${path}/`;
    this.#files.delete(path);
    for (const key of this.#files.keys()) if (key.startsWith(directory)) this.#files.delete(key);
    for (const key of this.#directories) {
      if (key.startsWith(directory)) this.#directories.delete(key);
    }
    return Promise.resolve();
  }

  presign(operation: string): Promise<PresignedRequest> {
    return Promise.reject(unsupported(this.scheme, `presign ${operation}`));
  }

  #file(operation: string, path: string): MemoryFile {
    const file = this.#files.get(path);
    if (file !== undefined) return file;
    if (this.#isDirectory(`${path}/`)) checkFilePath(operation, `${path}/`);
    throw notFound(operation, path);
  }

  #isDirectory(path: string): boolean {
    if (path === "") return true;
    const inside = (key: string): boolean => key.startsWith(path);
    return [...this.#directories].some(inside) || [...this.#files.keys()].some(inside);
  }
}

function notFound(operation: string, path: string): StorageError {
  return new StorageError("NotFound", `Cannot ${operation} ${path}: no such file or directory`);
}

/** The blocks from a position on, the first one cut. */
function blockStream(blocks: readonly Uint8Array[], position: number): ReadableStream<Uint8Array> {
  let next = 0;
  let skip = position;
  while (next < blocks.length && skip >= blocks[next].length) skip -= blocks[next++].length;
  return new ReadableStream<Uint8Array>({
    pull(controller): void {
      if (next === blocks.length) return controller.close();
      // A copy: what is handed on may be changed by who gets it.
      controller.enqueue(blocks[next++].slice(skip));
      skip = 0;
    },
  }, { highWaterMark: 0 });
}
