import { AutoDecoder } from "./auto_decoder.ts";
import type { Codec, Coder } from "./coder.ts";
import { type ByteTransform, coderStream } from "./coder_stream.ts";
import type { Encoding } from "./encoding.ts";
import { PlainCoder } from "./plain_coder.ts";

/** Options of {@linkcode compressor}. */
export interface CompressorOptions {
  /** Effort: gzip 1–9 (6 unless told), xz 0–7 (6), bz2 1–9 (9), zstd 1–22 (3). */
  level?: number;
}

/**
 * Least, greatest and usual level: those of gzip(1), xz(1), bzip2(1) and zstd(1), but for the last two of
 * xz(1), which need more than the 256 MiB of its WebAssembly memory.
 */
const LEVELS: Record<Encoding, readonly [min: number, max: number, usual: number]> = {
  gzip: [1, 9, 6],
  xz: [0, 7, 6],
  bz2: [1, 9, 9],
  zstd: [1, 22, 3],
};

/** Loaded when they are needed: xz brings WebAssembly, gzip and zstd bring node:zlib. */
const CODECS: Record<Encoding, () => Promise<Codec>> = {
  gzip: () => import("./gzip.ts"),
  xz: () => import("./xz.ts"),
  bz2: () => import("./bz2.ts"),
  zstd: () => import("./zstd.ts"),
};

/**
 * Compresses what goes through it.
 *
 * Nothing is done before the reader asks; memory stays bounded; chunks are 64 KiB at most.
 *
 * @throws {RangeError} if the encoding has no such level.
 *
 * @example
 * ```ts
 * await source.pipeThrough(compressor("zstd")).pipeTo(file.writable);
 * ```
 */
export function compressor(encoding: Encoding, options: CompressorOptions = {}): ByteTransform {
  const [min, max, usual] = LEVELS[encoding];
  const level = options.level ?? usual;
  if (!Number.isInteger(level) || level < min || level > max) {
    throw new RangeError(
      `Cannot compress: ${encoding} has levels ${min} to ${max}: current value is ${level}`,
    );
  }
  return coderStream(async () => (await CODECS[encoding]()).compressor(level));
}

/**
 * Decompresses what goes through it, to the last of the members (streams, frames) that follow each other.
 *
 * Nothing is done before the reader asks, and no more than it asks for, so that memory stays bounded
 * however far the bytes expand. Chunks are 64 KiB at most. Both ends fail with an
 * {@linkcode EncodingError} on input that is broken, cut off, empty, or followed by other bytes.
 */
export function decompressor(encoding: Encoding): ByteTransform {
  return coderStream(() => openDecompressor(encoding));
}

/**
 * Decompresses what goes through it if its first bytes say that it is compressed ({@linkcode detectEncoding});
 * otherwise passes it on as it is.
 */
export function autoDecompressor(): ByteTransform {
  return coderStream(() =>
    new AutoDecoder((encoding) =>
      encoding === null ? Promise.resolve(new PlainCoder()) : openDecompressor(encoding)
    )
  );
}

async function openDecompressor(encoding: Encoding): Promise<Coder> {
  return (await CODECS[encoding]()).decompressor();
}
