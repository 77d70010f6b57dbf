import type { Resource } from "@jumpstarter/core/driver";
import { StorageError, type StorageReader, type StorageWriter } from "./storage.ts";

/**
 * How long nobody may use an open file before it is given up (10 min, ours): callers that vanish between two calls
 * would leave it open for as long as the session lasts, which may be for ever.
 */
const IDLE_MS = 600_000;

/**
 * A file that a caller has open: either to be read, from a position, or to be written.
 *
 * States: open → closed, by `close`; open → failed, by a write that fails or when nobody uses it for a while: then
 * nothing is left of what was written, and closing it makes nothing.
 */
export class OpenFile {
  readonly #path: string;
  readonly #reader: StorageReader | undefined;
  readonly #writer: StorageWriter | undefined;
  #state: "open" | "failed" | "closed" = "open";
  #failure = "";
  #busy = false;
  #position = 0;
  readonly #idleMs: number;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** A file that has just been opened; given up when nobody uses it for `idleMs`. */
  constructor(
    path: string,
    file: { reader: StorageReader } | { writer: StorageWriter },
    idleMs: number = IDLE_MS,
  ) {
    this.#path = path;
    this.#idleMs = idleMs;
    this.#reader = "reader" in file ? file.reader : undefined;
    this.#writer = "writer" in file ? file.writer : undefined;
    this.#wait();
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
        if (signal.aborted) {
          // A caller that has gone will not close it.
          this.#fail("its reader has gone");
          reader.close();
        }
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
        this.#fail("writing it has failed");
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
    clearTimeout(this.#idle);
    if (state === "open" && this.#busy) {
      // A second call closes what the first still writes: that one fails, and nothing is left.
      await this.#writer?.abort();
    } else if (state === "open") await this.#writer?.commit();
    this.#reader?.close();
  }

  /** Closes it without making a file. */
  async abandon(): Promise<void> {
    const state = this.#state;
    this.#state = "closed";
    clearTimeout(this.#idle);
    if (state === "open") await this.#writer?.abort();
    this.#reader?.close();
  }

  async #exclusively(run: () => Promise<void>): Promise<void> {
    if (this.#busy) {
      throw new StorageError("Unexpected", `Cannot use ${this.#path}: another call transfers it`);
    }
    this.#busy = true;
    clearTimeout(this.#idle);
    try {
      await run();
    } finally {
      this.#busy = false;
      this.#wait();
    }
  }

  /** Starts to wait for the next use. */
  #wait(): void {
    clearTimeout(this.#idle);
    if (this.#state !== "open" || this.#busy) return;
    this.#idle = setTimeout(() => {
      this.#fail(`nobody used it for ${this.#idleMs / 1_000} s`);
      this.#reader?.close();
      // What cannot be removed is no one's concern any more.
      this.#writer?.abort().catch(() => {});
    }, this.#idleMs);
  }

  #fail(reason: string): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#failure = reason;
    clearTimeout(this.#idle);
  }

  #wantOpen(operation: string): void {
    if (this.#state === "open") return this.#wait();
    const reason = this.#state === "closed" ? "it is closed" : this.#failure;
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
