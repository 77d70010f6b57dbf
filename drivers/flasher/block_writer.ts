/** Bytes written at a time: from here on a larger write is not faster, on tmpfs nor on ext4 (measured). */
const BLOCK_BYTES = 1024 * 1024;

/** Takes one block. What it is given must not be kept: it is filled anew afterwards. */
export type BlockSink = (block: Uint8Array) => Promise<void>;

/**
 * Gathers chunks of any size into blocks of 1 MiB, and writes one while it fills the next. Only the last block is
 * shorter.
 */
export class BlockWriter {
  readonly #sink: BlockSink;
  #block: Uint8Array | undefined;
  #spare: Uint8Array | undefined;
  #used = 0;
  #writing: Promise<void> | undefined;
  #failure: { reason: unknown } | undefined;

  /** Bytes taken so far. */
  bytes = 0;

  /** A writer of blocks to `sink`. */
  constructor(sink: BlockSink) {
    this.#sink = sink;
  }

  /**
   * Takes a chunk, which may be used again afterwards.
   *
   * @returns a promise only if the caller must wait for it before the next chunk
   * @throws what writing failed with, which may have been an earlier block
   */
  write(chunk: Uint8Array): Promise<void> | void {
    if (this.#failure !== undefined) throw this.#failure.reason;
    this.bytes += chunk.length;
    this.#block ??= new Uint8Array(BLOCK_BYTES);
    if (this.#used + chunk.length < BLOCK_BYTES) {
      this.#block.set(chunk, this.#used);
      this.#used += chunk.length;
      return;
    }
    return this.#writeFull(chunk);
  }

  /** Writes what is left, and waits until all is written. */
  async flush(): Promise<void> {
    await this.#settled();
    if (this.#used > 0) await this.#sink(this.#block!.subarray(0, this.#used));
    this.#used = 0;
  }

  /** Waits for the block under way, whatever comes of it. Nothing is written afterwards. */
  async stop(): Promise<void> {
    this.#used = 0;
    await this.#writing;
  }

  async #writeFull(chunk: Uint8Array): Promise<void> {
    for (let at = 0;;) {
      const step = Math.min(BLOCK_BYTES - this.#used, chunk.length - at);
      this.#block!.set(chunk.subarray(at, at + step), this.#used);
      this.#used += step;
      at += step;
      if (this.#used < BLOCK_BYTES) return;
      await this.#settled();
      const full = this.#block!;
      this.#writing = this.#sink(full).catch((reason) => {
        this.#failure = { reason };
      }).then(() => {
        this.#spare = full;
        this.#writing = undefined;
      });
      this.#block = this.#spare ?? new Uint8Array(BLOCK_BYTES);
      this.#spare = undefined;
      this.#used = 0;
    }
  }

  async #settled(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}

/** Writes all of `bytes` to a file, wherever it stands. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
