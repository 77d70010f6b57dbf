/**
 * A compressor or decompressor as a machine: input goes in, output comes out, and it holds a bounded
 * amount of either. Driven by one loop: `pull` until it returns `null`, then `push` or `end`.
 */
export interface Coder {
  /** The most input that it wants at a time, in bytes: less when it is slow, so that others get their turn. */
  readonly inputBytes?: number;
  /** Takes more input, which must not change until `pull` returns `null` again. */
  push(input: Uint8Array): void;
  /** Says that there is no more input. */
  end(): void;
  /**
   * The next output, at most {@linkcode OUTPUT_BYTES}; `null` when it needs input or, after `end`, when
   * all is out. Throws {@linkcode EncodingError} on bad input.
   */
  pull(): Uint8Array | null | Promise<Uint8Array | null>;
  /** Frees what it holds, at any time. */
  close(): void;
}

/** How much output comes at a time, in bytes: one chunk of a router stream, however far the input expands. */
export const OUTPUT_BYTES = 64 * 1024;

/** What each encoding's module exports. */
export interface Codec {
  /** Makes a compressor of a level that the encoding has. */
  compressor(level: number): Coder | Promise<Coder>;
  /** Makes a decompressor. */
  decompressor(): Coder | Promise<Coder>;
}
