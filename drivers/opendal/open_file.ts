import type { Resource } from "@jumpstarter/core/driver";
import { StorageError, type StorageReader, type StorageWriter } from "./storage.ts";

/**
 * A file that a caller has open: either to be read, from a position, or to be written.
 *
 * States: open → closed, by `close`; a write that fails gives the file up, and closing it then makes nothing.
 */
export class OpenFile {
  readonly #path: string;
  readonly #reader: StorageReader | undefined;
  readonly #writer: StorageWriter | undefined;
  #state: "open" | "failed" | "closed" = "open";
  #busy = false;
  #position = 0;

  /** A file that has just been opened. */
  constructor(path: string, file: { reader: StorageReader } | { writer: StorageWriter }) {
    this.#path = path;
    this.#reader = "reader" in file ? file.reader : undefined;
    this.#writer = "writer" in file ? file.writer : undefined;
  }

  /** Whether it has been closed. */
  get closed(): boolean {
    return this.#state === "closed";
  }

  /** Whether it was opened to be read. */
  get readable(): boolean {
    return this.#reader !== undefined;
  }

  /** Whether it was opened to be written. */
  get writable(): boolean {
    return this.#writer !== undefined;
  }

  /** Sends the rest to a resource. */
  async read({ writable }: Resource, signal: AbortSignal): Promise<void> {
    const reader = this.#want("read", this.#reader);
    await this.#exclusively(async () => {
      const writer = writable.getWriter();
      try {
        for await (const chunk of reader.stream(this.#position, signal)) {
          signal.throwIfAborted();
          await writer.ready;
          writer.write(chunk).catch(() => {}); // shown by the next `ready`, or by `close`
          this.#position += chunk.length;
        }
        await writer.close();
      } catch (error) {
        await writer.abort(error).catch(() => {});
        throw error;
      }
    });
  }

  /** Writes all that comes from a resource. If that stops half-way, nothing is left of the file. */
  async write({ readable }: Resource, signal: AbortSignal): Promise<void> {
    const writer = this.#want("write", this.#writer);
    await this.#exclusively(async () => {
      try {
        const reader = readable.getReader();
        try {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) break;
            signal.throwIfAborted();
            const written = writer.write(value);
            this.#position += value.length;
            if (written !== undefined) await written;
          }
          // The end of the bytes may be the end of the caller.
          signal.throwIfAborted();
        } catch (error) {
          await reader.cancel(error).catch(() => {});
          throw error;
        }
      } catch (error) {
        if (this.#state === "open") this.#state = "failed";
        await writer.abort();
        throw error;
      }
    });
  }

  /** Where reading or writing goes on, in bytes. */
  tell(): number {
    this.#wantOpen("tell");
    return this.#position;
  }

  /**
   * Moves the position.
   *
   * @param whence what `offset` counts from: 0 the start, 1 the position, 2 the end
   */
  seek(offset: number, whence: number): number {
    const { size } = this.#want("seek", this.#reader);
    const from = [0, this.#position, size][whence];
    if (from === undefined) {
      throw new RangeError(`Cannot seek: whence must be 0, 1 or 2: current value is ${whence}`);
    }
    const position = from + offset;
    if (position < 0) {
      throw new RangeError(
        `Cannot seek: position must not be negative: current value is ${position}`,
      );
    }
    return this.#position = position;
  }

  /** Closes it: what was written is a file now. Again: no effect. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = "closed";
    if (state === "open" && this.#busy) {
      // A second call closes what the first still writes: that one fails, and nothing is left.
      await this.#writer?.abort();
    } else if (state === "open") await this.#writer?.commit();
    this.#reader?.close();
  }

  /** Closes it without making a file. */
  async abandon(): Promise<void> {
    if (this.#state === "open") await this.#writer?.abort();
    this.#state = "closed";
    this.#reader?.close();
  }

  async #exclusively(run: () => Promise<void>): Promise<void> {
    if (this.#busy) {
      throw new StorageError("Unexpected", `Cannot use ${this.#path}: another call transfers it`);
    }
    this.#busy = true;
    try {
      await run();
    } finally {
      this.#busy = false;
    }
  }

  #wantOpen(operation: string): void {
    if (this.#state === "open") return;
    const reason = this.#state === "closed" ? "it is closed" : "writing it has failed";
    throw new StorageError("Unexpected", `Cannot ${operation} ${this.#path}: ${reason}`);
  }

  #want<T>(operation: string, what: T | undefined): T {
    this.#wantOpen(operation);
    if (what !== undefined) return what;
    const mode = this.#reader === undefined ? "wb" : "rb";
    throw new StorageError(
      "Unsupported",
      `Cannot ${operation} ${this.#path}: it was opened with mode '${mode}'`,
    );
  }
}
