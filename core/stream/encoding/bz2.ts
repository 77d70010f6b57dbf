import { Bzip2Decoder, Bzip2Encoder } from "./bzip2/mod.ts";
import type { Coder } from "./coder.ts";

/** Compresses to one bzip2 stream. */
export function compressor(level: number): Coder {
  return new Bzip2Encoder(level);
}

/** Decompresses bzip2, all streams of it. */
export function decompressor(): Coder {
  return new Bzip2Decoder();
}
