/** A piece of a program's output. */
export interface OutputPiece {
  /** Text of standard output; empty if the piece is of the other. */
  readonly stdout: string;
  /** Text of standard error. */
  readonly stderr: string;
}

/**
 * Joins two streams of bytes into one of text, each piece as soon as it is there. A character whose bytes come apart is
 * put together again; what is not UTF-8 becomes U+FFFD.
 *
 * Each stream is read ahead by one chunk only: a program whose output nobody takes waits.
 */
export class OutputQueue {
  /** Resolves when both streams have ended. */
  readonly ended: Promise<void>;
  readonly #readers: readonly ReadableStreamDefaultReader<Uint8Array>[];
  readonly #pieces: { piece: OutputPiece; taken: () => void }[] = [];
  #wake: (() => void) | undefined;
  #over = false;
  #discarding = false;

  /** Begins to read. */
  constructor(stdout: ReadableStream<Uint8Array>, stderr: ReadableStream<Uint8Array>) {
    this.#readers = [stdout.getReader(), stderr.getReader()];
    const [out, err] = this.#readers;
    this.ended = Promise.all([
      this.#read(out, (text) => ({ stdout: text, stderr: "" })),
      this.#read(err, (text) => ({ stdout: "", stderr: text })),
    ]).then(() => {
      this.#over = true;
      this.#wake?.();
    });
  }

  /** The next piece, or `undefined` once all have been taken. */
  async next(): Promise<OutputPiece | undefined> {
    while (this.#pieces.length === 0) {
      if (this.#over) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const { piece, taken } = this.#pieces.shift()!;
    taken();
    return piece;
  }

  /** Throws away what has come and what will, so that a program that ends is not held up by its last words. */
  discard(): void {
    this.#discarding = true;
    for (const { taken } of this.#pieces.splice(0)) taken();
  }

  /** Lets go of both streams. */
  async cancel(): Promise<void> {
    this.discard();
    await Promise.all(this.#readers.map((reader) => reader.cancel().catch(() => {})));
    await this.ended;
  }

  async #read(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    toPiece: (text: string) => OutputPiece,
  ): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
      const text = decoder.decode(value, { stream: !done });
      if (text !== "") await this.#put(toPiece(text));
      if (done) return;
    }
  }

  #put(piece: OutputPiece): Promise<void> {
    if (this.#discarding) return Promise.resolve();
    return new Promise((resolve) => {
      this.#pieces.push({ piece, taken: resolve });
      this.#wake?.();
    });
  }
}
