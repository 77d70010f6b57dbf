import type { Field } from "../fields.ts";

/** The entries of RFC 7541 Appendix A; the first has index 1. */
const ENTRIES: readonly Field[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language", ""],
  ["accept-ranges", ""],
  ["accept", ""],
  ["access-control-allow-origin", ""],
  ["age", ""],
  ["allow", ""],
  ["authorization", ""],
  ["cache-control", ""],
  ["content-disposition", ""],
  ["content-encoding", ""],
  ["content-language", ""],
  ["content-length", ""],
  ["content-location", ""],
  ["content-range", ""],
  ["content-type", ""],
  ["cookie", ""],
  ["date", ""],
  ["etag", ""],
  ["expect", ""],
  ["expires", ""],
  ["from", ""],
  ["host", ""],
  ["if-match", ""],
  ["if-modified-since", ""],
  ["if-none-match", ""],
  ["if-range", ""],
  ["if-unmodified-since", ""],
  ["last-modified", ""],
  ["link", ""],
  ["location", ""],
  ["max-forwards", ""],
  ["proxy-authenticate", ""],
  ["proxy-authorization", ""],
  ["range", ""],
  ["referer", ""],
  ["refresh", ""],
  ["retry-after", ""],
  ["server", ""],
  ["set-cookie", ""],
  ["strict-transport-security", ""],
  ["transfer-encoding", ""],
  ["user-agent", ""],
  ["vary", ""],
  ["via", ""],
  ["www-authenticate", ""],
];

/** Entries of the static table: dynamic ones have the indices above it. */
export const STATIC_LENGTH: number = ENTRIES.length;

/** The static table by index (RFC 7541 §2.3.1): 1 to {@linkcode STATIC_LENGTH}. Index 0 is unused. */
export const STATIC_TABLE: readonly Field[] = [["", ""], ...ENTRIES];

/** Where a name stands in the static table. */
export interface StaticName {
  /** The lowest index that has the name. */
  readonly index: number;
  /** The indices of its values. */
  readonly values: ReadonlyMap<string, number>;
}

/** The static table by name. */
export const STATIC_NAMES: ReadonlyMap<string, StaticName> = byName();

function byName(): ReadonlyMap<string, StaticName> {
  const names = new Map<string, { index: number; values: Map<string, number> }>();
  for (let index = 1; index <= STATIC_LENGTH; index++) {
    const [name, value] = STATIC_TABLE[index];
    let entry = names.get(name);
    if (entry === undefined) names.set(name, entry = { index, values: new Map() });
    entry.values.set(value, index);
  }
  return names;
}
