/**
 * What is kept in memory (8 MiB, ours): more than a server's and our own socket buffers hold, so that all of it is known
 * when a server that reads nothing refuses.
 */
const MEMORY_BYTES = 8 * 1024 * 1024;

/** Remembers the beginning of an upload, and all of it where it must be sent a second time: what is long, in a file. */
export class UploadSpool {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isWhole = true;
  #isRemoved = false;
  #path: string | undefined;
  #file: Deno.FsFile | undefined;

  /** Whether everything so far is known. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Bytes so far, if all are known. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a chunk that is sent as well: once there are too many, all are forgotten. */
  remember(chunk: Uint8Array): void {
    if (!this.#isWhole) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= MEMORY_BYTES) return;
    this.#isWhole = false;
    this.#chunks = [];
  }

  /** Takes a chunk that is sent later. */
  async add(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#file === undefined && this.#bytes <= MEMORY_BYTES) return;
    this.#file ??= await this.#create();
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const bytes of chunks) {
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    }
  }

  /** Hands all of it to `send`, in order. */
  async send(send: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    if (this.#file !== undefined) {
      await this.#file.seek(0, Deno.SeekMode.Start);
      const buffer = new Uint8Array(256 * 1024);
      for (let count; (count = await this.#file.read(buffer)) !== null;) {
        await send(buffer.subarray(0, count));
      }
    }
    for (const chunk of this.#chunks) await send(chunk);
  }

  async #create(): Promise<Deno.FsFile> {
    const path = await Deno.makeTempFile({ prefix: "jumpstarter-upload-" });
    if (this.#isRemoved) {
      await Deno.remove(path);
      throw new Deno.errors.Interrupted("The upload was given up");
    }
    this.#path = path;
    return Deno.openSync(path, { read: true, write: true });
  }

  /** Removes the file, if there is one. */
  async remove(): Promise<void> {
    this.#isRemoved = true;
    this.#chunks = [];
    const path = this.#path;
    this.#path = undefined;
    this.#file?.close();
    this.#file = undefined;
    if (path !== undefined) await Deno.remove(path);
  }
}
