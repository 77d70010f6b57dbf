import { BlockWriter, writeAll } from "./block_writer.ts";

/**
 * A file that comes into being all at once: it is written under another name in the same directory, and takes its
 * own when it is complete. Whoever reads never sees half of it, and what fails leaves the old one as it was.
 *
 * What is no file, such as a device or a pipe, is written where it stands.
 */
export class AtomicFile {
  readonly #path: string;
  readonly #temporary: string | undefined;
  readonly #file: Deno.FsFile;
  readonly #blocks: BlockWriter;
  #over = false;

  private constructor(path: string, temporary: string | undefined, file: Deno.FsFile) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#blocks = new BlockWriter((block) => writeAll(file, block));
  }

  /**
   * Opens a file to be written.
   *
   * @param path where it will be; a link is followed
   * @param folder where it is written meanwhile: on the same file system; beside it unless told
   * @throws {Deno.errors.IsADirectory} if it is a directory
   */
  static async open(path: string, folder?: string): Promise<AtomicFile> {
    const old = await Deno.stat(path).catch(missing);
    if (old?.isDirectory) {
      throw new Deno.errors.IsADirectory(`Cannot write ${path}: it is a directory`);
    }
    if (old !== undefined && !old.isFile) {
      return new AtomicFile(path, undefined, await Deno.open(path, { write: true }));
    }
    const target = old === undefined ? path : await Deno.realPath(path);
    const slash = target.lastIndexOf("/");
    const name = target.slice(slash + 1);
    const place = folder ?? (slash < 0 ? "." : target.slice(0, slash) || "/");
    // Names are at most 255 bytes long: the file's own may be, ours must not be longer.
    const temporary = `${place}/.${[...name].slice(0, 40).join("")}.${crypto.randomUUID()}.part`;
    const mode = old?.mode ?? undefined;
    const file = await Deno.open(temporary, { write: true, createNew: true });
    try {
      if (mode !== undefined) await Deno.chmod(temporary, mode & 0o7777);
    } catch (error) {
      file.close();
      await Deno.remove(temporary);
      throw error;
    }
    return new AtomicFile(target, temporary, file);
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#blocks.bytes;
  }

  /** Takes a chunk. Returns a promise only if the caller must wait for it. */
  write(chunk: Uint8Array): Promise<void> | void {
    return this.#blocks.write(chunk);
  }

  /** Finishes the file. On failure nothing is left of it. */
  async commit(): Promise<void> {
    try {
      await this.#blocks.flush();
      this.#close();
      if (this.#temporary !== undefined) await Deno.rename(this.#temporary, this.#path);
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  /** Gives the file up: nothing is left of it. */
  async abort(): Promise<void> {
    await this.#blocks.stop();
    this.#close();
    if (this.#temporary !== undefined) await Deno.remove(this.#temporary).catch(missing);
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#file.close();
  }
}

/** Whether a file's name is that of one that {@linkcode AtomicFile} is still writing. */
export function isPartName(name: string): boolean {
  return /^\..*\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/.test(name);
}

/**
 * A local file to be written: it appears when the stream is closed, and not at all if that is aborted or fails. Once
 * the stream has ended either way, nothing else is left.
 */
export async function openSink(path: string): Promise<WritableStream<Uint8Array>> {
  const file = await AtomicFile.open(path);
  return new WritableStream<Uint8Array>({
    async write(chunk): Promise<void> {
      try {
        await file.write(chunk);
      } catch (error) {
        await file.abort();
        throw error;
      }
    },
    close: () => file.commit(),
    abort: () => file.abort(),
  });
}

function missing(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound) return undefined;
  throw error;
}
