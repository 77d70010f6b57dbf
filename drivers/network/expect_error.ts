import type { ConsolePattern } from "./console_search.ts";
import { decodeText } from "./console_text.ts";

/** Why a console did not show what was waited for. */
export type ExpectFailure = "timeout" | "closed";

/** Lines of output that the message shows, and characters of each. */
const SHOWN_LINES = 2;
const SHOWN_CHARACTERS = 200;

/**
 * A console did not show what was waited for.
 *
 * `name` is `TimeoutError`, or `UnexpectedEof` where the console ended.
 */
export class ExpectError extends Error {
  /** `timeout`, or `closed` when the console ended before. */
  readonly reason: ExpectFailure;
  /** What the console had shown meanwhile; it is still there for the next `expect`. */
  readonly before: string;

  /** Names what was wanted, and the last two lines that were seen. */
  constructor(
    reason: ExpectFailure,
    patterns: readonly ConsolePattern[],
    seen: Uint8Array,
    timeoutMs: number,
    cause?: unknown,
  ) {
    const wanted = patterns.map(patternText).join(" or ");
    const why = reason === "timeout" ? `nothing like it within ${timeoutMs} ms` : closedText(cause);
    const before = decodeText(seen);
    super(`Cannot find ${wanted} on the console: ${why}: ${lastLines(before)}`, { cause });
    this.name = reason === "timeout" ? "TimeoutError" : "UnexpectedEof";
    this.reason = reason;
    this.before = before;
  }
}

function closedText(cause: unknown): string {
  return cause instanceof Error ? `it failed (${cause.message})` : "it has ended";
}

function patternText(pattern: ConsolePattern): string {
  if (pattern instanceof RegExp) return String(pattern);
  return JSON.stringify(typeof pattern === "string" ? pattern : decodeText(pattern));
}

function lastLines(text: string): string {
  // What is far back is not looked at: the text may be long.
  const tail = text.slice(-4 * SHOWN_LINES * SHOWN_CHARACTERS);
  const lines = tail.split(/\r*\n|\r/).filter((line) => line.trim() !== "").slice(-SHOWN_LINES);
  if (lines.length === 0) return "nothing was seen";
  const shown = lines.map((line) => JSON.stringify(line.slice(-SHOWN_CHARACTERS)));
  return `last lines seen are ${shown.join(" and ")}`;
}
