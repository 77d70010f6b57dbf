import type { Coder } from "./coder.ts";
import { DETECT_BYTES, detectEncoding } from "./detect.ts";
import type { Encoding } from "./encoding.ts";

/** Looks at the first bytes, then decompresses what is compressed and passes on what is not. */
export class AutoDecoder implements Coder {
  readonly #open: (encoding: Encoding | null) => Promise<Coder>;
  #head: Uint8Array = new Uint8Array(0);
  #inner: Coder | undefined;
  #ended = false;
  #closed = false;

  /** @param open makes the decompressor, or for `null` a coder that changes nothing. */
  constructor(open: (encoding: Encoding | null) => Promise<Coder>) {
    this.#open = open;
  }

  push(input: Uint8Array): void {
    if (this.#inner) return this.#inner.push(input);
    const head = new Uint8Array(this.#head.length + input.length);
    head.set(this.#head);
    head.set(input, this.#head.length);
    this.#head = head;
  }

  end(): void {
    this.#ended = true;
    this.#inner?.end();
  }

  pull(): Uint8Array | null | Promise<Uint8Array | null> {
    if (this.#inner) return this.#inner.pull();
    if (this.#head.length < DETECT_BYTES && !this.#ended) return null;
    return this.#begin();
  }

  close(): void {
    this.#closed = true;
    this.#inner?.close();
  }

  async #begin(): Promise<Uint8Array | null> {
    const inner = await this.#open(detectEncoding(this.#head));
    if (this.#closed) {
      inner.close();
      return null;
    }
    this.#inner = inner;
    inner.push(this.#head);
    const output = await inner.pull();
    if (output !== null || !this.#ended) return output;
    inner.end();
    return inner.pull();
  }
}
