import { createGunzip, createGzip } from "node:zlib";
import { type Coder, OUTPUT_BYTES } from "./coder.ts";
import { CUT_OFF, EncodingError, TRAILING_BYTES } from "./encoding_error.ts";
import { NodeCoder } from "./node_coder.ts";

/** Compresses to one gzip member (RFC 1952). */
export function compressor(level: number): Coder {
  return new NodeCoder(createGzip({ level, chunkSize: OUTPUT_BYTES }));
}

/** Decompresses gzip, all members of it (RFC 1952 §2.2). */
export function decompressor(): Coder {
  return new Gunzip();
}

/** Adds to node:zlib what it passes over: bytes after the last member that are no padding. */
class Gunzip implements Coder {
  readonly #coder = new NodeCoder(createGunzip({ chunkSize: OUTPUT_BYTES }));
  #input: Uint8Array = new Uint8Array(0);
  #padding = false;

  push(input: Uint8Array): void {
    if (this.#padding) return checkPadding(input);
    this.#input = input;
    this.#coder.push(input);
  }

  end(): void {
    if (!this.#padding) this.#coder.end();
  }

  async pull(): Promise<Uint8Array | null> {
    if (this.#padding) return null;
    try {
      const output = await this.#coder.pull();
      if (output !== null) return output;
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      const reason = code === "Z_BUF_ERROR" ? CUT_OFF : message;
      throw new EncodingError("gzip", reason, { cause: error });
    }
    if (this.#coder.finished && this.#coder.unusedBytes > 0) {
      this.#padding = true;
      checkPadding(this.#input.subarray(this.#input.length - this.#coder.unusedBytes));
    }
    return null;
  }

  close(): void {
    this.#coder.close();
  }
}

/** Zeros may follow the last member, as on a tape; gzip(1) and Python pass over them as well. */
function checkPadding(bytes: Uint8Array): void {
  if (bytes.some((byte) => byte !== 0)) throw new EncodingError("gzip", TRAILING_BYTES);
}
