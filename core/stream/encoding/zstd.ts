import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { type Coder, OUTPUT_BYTES } from "./coder.ts";
import { CUT_OFF, EncodingError } from "./encoding_error.ts";
import { NodeCoder } from "./node_coder.ts";
import { ZstdFrameWalker } from "./zstd_frames.ts";

/** Compresses to one zstd frame (RFC 8878) with a checksum. */
export function compressor(level: number): Coder {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: 1,
  };
  return new NodeCoder(createZstdCompress({ params, chunkSize: OUTPUT_BYTES }));
}

/** Decompresses zstd, all frames of it; windows up to 128 MiB, as zstd(1). */
export function decompressor(): Coder {
  return new Unzstd();
}

/** Gives each frame a stream of its own, since one of node:zlib stops after the first. */
class Unzstd implements Coder {
  readonly #walker = new ZstdFrameWalker();
  #input: Uint8Array = new Uint8Array(0);
  #frame: NodeCoder | undefined;
  #frames = 0;
  #frameIsWhole = false;
  #ended = false;

  push(input: Uint8Array): void {
    this.#input = input;
  }

  end(): void {
    this.#ended = true;
  }

  async pull(): Promise<Uint8Array | null> {
    for (;;) {
      const output = await this.#pullFrame();
      if (output) return output;
      if (this.#input.length === 0) break;
      const taken = this.#walker.walk(this.#input);
      this.#frame ??= new NodeCoder(createZstdDecompress({ chunkSize: OUTPUT_BYTES }));
      this.#frame.push(this.#input.subarray(0, taken));
      this.#frameIsWhole = this.#walker.atFrameStart;
      this.#input = this.#input.subarray(taken);
    }
    if (this.#ended && (this.#frames === 0 || !this.#walker.atFrameStart)) {
      throw new EncodingError("zstd", CUT_OFF);
    }
    return null;
  }

  async #pullFrame(): Promise<Uint8Array | null> {
    if (!this.#frame) return null;
    let output: Uint8Array | null;
    try {
      output = await this.#frame.pull();
    } catch (error) {
      const reason = (error as Error).message.replace(/^Zstd decompress error: /, "");
      throw new EncodingError("zstd", reason, { cause: error });
    }
    if (output === null && this.#frameIsWhole) {
      this.#frame.close();
      this.#frame = undefined;
      this.#frameIsWhole = false;
      this.#frames++;
    }
    return output;
  }

  close(): void {
    this.#frame?.close();
  }
}
