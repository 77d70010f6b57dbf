import type { Transform } from "node:stream";
import { type Coder, OUTPUT_BYTES } from "./coder.ts";

/** A transform of node:zlib. */
type ZlibStream = Transform & { readonly bytesWritten: number };

/** Drives a stream of node:zlib as a {@linkcode Coder}. Such a stream stops when its output is full. */
export class NodeCoder implements Coder {
  readonly #stream: ZlibStream;
  #fed = 0;
  #writing = false;
  #ending = false;
  #finished = false;
  #closed = false;
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** Takes over a stream made with `chunkSize: OUTPUT_BYTES`. */
  constructor(stream: ZlibStream) {
    const wake = (): void => this.#wake?.();
    this.#stream = stream;
    stream.on("readable", wake);
    stream.on("end", () => {
      this.#finished = true;
      wake();
    });
    stream.on("error", (error) => {
      this.#failure = { error };
      wake();
    });
  }

  /** Whether the stream has said that it wants no more input, and all output is out. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Bytes at the end of the input that the stream did not want; exact once `finished`. */
  get unusedBytes(): number {
    return this.#fed - this.#stream.bytesWritten;
  }

  push(input: Uint8Array): void {
    this.#fed += input.length;
    this.#writing = true;
    this.#stream.write(input, () => {
      this.#writing = false;
      this.#wake?.();
    });
  }

  end(): void {
    this.#ending = true;
    this.#stream.end();
  }

  async pull(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      const output: Uint8Array | null = this.#stream.read(
        Math.min(OUTPUT_BYTES, this.#stream.readableLength) || undefined,
      );
      // A plain view: what node calls a Buffer slices and prints in ways of its own.
      if (output) return new Uint8Array(output.buffer, output.byteOffset, output.byteLength);
      if (this.#finished || this.#closed || (!this.#writing && !this.#ending)) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  close(): void {
    this.#closed = true;
    this.#stream.destroy();
    this.#wake?.();
  }
}
