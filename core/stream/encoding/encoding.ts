/** How a file is compressed: upstream's names (core-spec §5.3). */
export type Encoding = "gzip" | "xz" | "bz2" | "zstd";

/** All encodings. */
export const ENCODINGS: readonly Encoding[] = ["gzip", "xz", "bz2", "zstd"];

/** Whether `name` is one of {@linkcode ENCODINGS}. */
export function isEncoding(name: string): name is Encoding {
  return (ENCODINGS as readonly string[]).includes(name);
}
