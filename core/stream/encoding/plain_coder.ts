import { type Coder, OUTPUT_BYTES } from "./coder.ts";

/** Passes bytes on as they are. */
export class PlainCoder implements Coder {
  #input: Uint8Array = new Uint8Array(0);

  push(input: Uint8Array): void {
    this.#input = input;
  }

  end(): void {}

  pull(): Uint8Array | null {
    if (this.#input.length === 0) return null;
    const output = this.#input.subarray(0, OUTPUT_BYTES);
    this.#input = this.#input.subarray(OUTPUT_BYTES);
    return output;
  }

  close(): void {}
}
