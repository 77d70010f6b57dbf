import type { ConsoleBuffer } from "./console_buffer.ts";
import {
  binaryToBytes,
  bytesToBinary,
  decodeExactly,
  decodeText,
  exactLength,
} from "./console_text.ts";

/** What a console can wait for: text, sent as UTF-8; bytes; or a regular expression. */
export type ConsolePattern = string | Uint8Array | RegExp;

/** Where a pattern was found. */
export interface ConsoleFind {
  /** Absolute offsets of the first byte of the match, and after the last. */
  readonly start: number;
  readonly end: number;
  /** The match and its groups as text. */
  readonly match: readonly (string | undefined)[];
  /** Named groups. */
  readonly groups?: Readonly<Record<string, string | undefined>>;
}

/** Looks for one pattern in a buffer that grows. */
export interface ConsoleSearch {
  /** Looks at what has come since the last time. */
  next(buffer: ConsoleBuffer): ConsoleFind | undefined;
  /** Looks at everything held. */
  all(buffer: ConsoleBuffer): ConsoleFind | undefined;
  /** Whether a match may have begun too long ago for `next` to see it. */
  readonly behind: boolean;
}

/** How far back a regular expression looks again with each chunk, in bytes; longer matches are found a little later. */
const WINDOW_BYTES = 8192;

/** Makes the search for a pattern. */
export function searchFor(pattern: ConsolePattern): ConsoleSearch {
  if (pattern instanceof RegExp) return new RegExpSearch(pattern);
  return new BytesSearch(typeof pattern === "string" ? new TextEncoder().encode(pattern) : pattern);
}

/** Knuth-Morris-Pratt: each byte is looked at once, however the chunks fall. */
class BytesSearch implements ConsoleSearch {
  readonly behind = false;
  readonly #needle: Uint8Array;
  readonly #fallback: Int32Array;
  #matched = 0;
  #at = -1;

  constructor(needle: Uint8Array) {
    this.#needle = needle;
    this.#fallback = fallbackTable(needle);
  }

  next(buffer: ConsoleBuffer): ConsoleFind | undefined {
    if (this.#at < buffer.start) {
      this.#at = buffer.start;
      this.#matched = 0;
    }
    const needle = this.#needle;
    const { length } = needle;
    const base = this.#at;
    if (length === 0) return { start: base, end: base, match: [""] };
    const bytes = buffer.view(base);
    let matched = this.#matched;
    for (let at = 0; at < bytes.length;) {
      if (matched === 0) {
        at = bytes.indexOf(needle[0], at) + 1;
        if (at === 0) break;
        matched = 1;
      } else if (bytes[at] === needle[matched]) {
        at++;
        matched++;
      } else {
        matched = this.#fallback[matched - 1];
      }
      if (matched === length) {
        const end = base + at;
        return { start: end - length, end, match: [decodeText(needle)] };
      }
    }
    this.#matched = matched;
    this.#at = buffer.end;
    return undefined;
  }

  all(buffer: ConsoleBuffer): ConsoleFind | undefined {
    return this.next(buffer);
  }
}

/** For each prefix of `needle` the length of its longest proper border. */
function fallbackTable(needle: Uint8Array): Int32Array {
  const table = new Int32Array(needle.length);
  for (let at = 1, border = 0; at < needle.length; at++) {
    while (border > 0 && needle[at] !== needle[border]) border = table[border - 1];
    if (needle[at] === needle[border]) border++;
    table[at] = border;
  }
  return table;
}

/** Sees bytes as characters U+0000 to U+00FF; with flag `u` or `v`, or a character beyond ASCII in it, UTF-8. */
class RegExpSearch implements ConsoleSearch {
  readonly #expression: RegExp;
  readonly #unicode: boolean;
  #seen = -1;
  #behind = false;

  constructor(expression: RegExp) {
    const flags = expression.flags.replace("y", "").replace("g", "") + "g";
    this.#expression = new RegExp(expression.source, flags);
    // deno-lint-ignore no-control-regex -- a character of ASCII
    this.#unicode = /[uv]/.test(flags) || !/^[\x00-\x7f]*$/.test(expression.source);
  }

  get behind(): boolean {
    return this.#behind;
  }

  next(buffer: ConsoleBuffer): ConsoleFind | undefined {
    const window = Math.max(buffer.start, this.#seen - WINDOW_BYTES);
    this.#seen = buffer.end;
    if (window > buffer.start) this.#behind = true;
    return this.#search(buffer, window);
  }

  all(buffer: ConsoleBuffer): ConsoleFind | undefined {
    this.#seen = buffer.end;
    this.#behind = false;
    return this.#search(buffer, buffer.start);
  }

  #search(buffer: ConsoleBuffer, from: number): ConsoleFind | undefined {
    // The byte before is shown to the expression too, or `^` would match where the window begins.
    const shown = from > buffer.start ? from - 1 : from;
    const bytes = buffer.view(shown);
    const text = this.#unicode ? decodeExactly(bytes) : bytesToBinary(bytes);
    this.#expression.lastIndex = from > shown ? 1 : 0;
    const found = this.#expression.exec(text);
    if (found === null) return undefined;
    if (this.#unicode) {
      const start = shown + exactLength(text.slice(0, found.index));
      return { start, end: start + exactLength(found[0]), match: found, groups: found.groups };
    }
    const start = shown + found.index;
    return {
      start,
      end: start + found[0].length,
      match: found.map(asUtf8),
      groups: utf8Groups(found),
    };
  }
}

function asUtf8(binary: string | undefined): string | undefined {
  return binary === undefined ? undefined : decodeText(binaryToBytes(binary));
}

function utf8Groups(found: RegExpExecArray): Record<string, string | undefined> | undefined {
  if (found.groups === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(found.groups).map(([name, value]) => [name, asUtf8(value)]),
  );
}
