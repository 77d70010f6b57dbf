import { type Duplex, RingBuffer } from "@jumpstarter/core/stream";
import { ConsoleBuffer } from "./console_buffer.ts";
import {
  type ConsoleFind,
  type ConsolePattern,
  type ConsoleSearch,
  searchFor,
} from "./console_search.ts";
import { decodeText } from "./console_text.ts";
import { ExpectError } from "./expect_error.ts";

/** Options of {@linkcode Console}. */
export interface ConsoleOptions {
  /** Milliseconds that `expect` waits unless told, 30,000 as pexpect does. */
  timeoutMs?: number;
  /** What `sendLine` ends a line with, `\n` unless told. */
  lineEnding?: string;
  /** What `expectPrompt` waits for. */
  prompt?: ConsolePattern | readonly ConsolePattern[];
  /** Bytes kept until somebody expects them, 1 MiB unless told. Older ones are dropped, and counted. */
  bufferBytes?: number;
  /** Bytes of output that the transcript keeps, 256 KiB unless told. */
  transcriptBytes?: number;
  /** Gets all output as it comes. A stream that does not keep up holds the console up. */
  tee?: WritableStream<Uint8Array> | ((chunk: Uint8Array) => void);
}

/** Options of the calls that wait for output. */
export interface ExpectOptions {
  /** Milliseconds to wait; the console's own unless told. */
  timeoutMs?: number;
  /** Gives up with the signal's reason. */
  signal?: AbortSignal;
}

/** What `expect` found. */
export interface ConsoleMatch {
  /** Which of the patterns it was, from 0. */
  readonly index: number;
  /** The match, and the groups of a regular expression after it. */
  readonly match: readonly (string | undefined)[];
  /** Named groups of a regular expression. */
  readonly groups?: Readonly<Record<string, string | undefined>>;
  /** Output before the match, from the end of the match before. */
  readonly before: string;
  /** The matched text. */
  readonly after: string;
  /** `before` as it came. */
  readonly beforeBytes: Uint8Array;
  /** `after` as it came. */
  readonly afterBytes: Uint8Array;
  /** Bytes older than `before` that were dropped because nobody expected them. */
  readonly lost: number;
}

/** A match may be longer than what is looked at with each chunk: then all is looked at this much later, in ms. */
const LOOK_BACK_MS = 20;
/** … and at least this many times as long as looking took, so that it takes a small share of the time. */
const LOOK_BACK_SHARE = 10;
/** How long a device that takes nothing may hold up `close`, in ms. */
const CLOSE_MS = 1_000;

const encoder = new TextEncoder();

/**
 * A console to talk with: sends lines, and waits for what comes back, as pexpect does.
 *
 * It reads all the time, into a buffer and a transcript. `expect` takes out of the buffer what it finds and everything
 * before; what it does not find stays.
 *
 * @example
 * ```ts
 * await using board = new Console(await serial.stream(), { prompt: "=> " });
 * await board.sendLine("version");
 * const { before } = await board.expectPrompt({ timeoutMs: 5_000 });
 * ```
 */
export class Console implements AsyncDisposable {
  /** What `expectPrompt` waits for. */
  prompt: ConsolePattern | readonly ConsolePattern[] | undefined;
  readonly #timeoutMs: number;
  readonly #lineEnding: string;
  readonly #duplex: Duplex;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #buffer: ConsoleBuffer;
  readonly #transcript: RingBuffer;
  readonly #teeTo: ((chunk: Uint8Array) => void | Promise<void>) | undefined;
  readonly #teeWriter: WritableStreamDefaultWriter<Uint8Array> | undefined;
  readonly #reading: Promise<void>;
  #onOutput: (() => void) | undefined;
  #ended = false;
  #failure: unknown;
  #closing: Promise<void> | undefined;

  /** Takes over both directions of `duplex`. */
  constructor(duplex: Duplex, options: ConsoleOptions = {}) {
    this.prompt = options.prompt;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#lineEnding = options.lineEnding ?? "\n";
    this.#buffer = new ConsoleBuffer(options.bufferBytes ?? 1 << 20);
    this.#transcript = new RingBuffer(options.transcriptBytes ?? 1 << 18);
    const { tee } = options;
    this.#teeWriter = tee instanceof WritableStream ? tee.getWriter() : undefined;
    this.#teeTo = tee instanceof WritableStream ? (chunk) => this.#writeTee(chunk) : tee;
    this.#duplex = duplex;
    this.#reader = duplex.readable.getReader();
    this.#writer = duplex.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#reading = this.#read();
  }

  /** Whether no more output will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The last output, as much as the transcript keeps. */
  get transcript(): string {
    const { start, capacity } = this.#transcript;
    return decodeText(this.#transcript.read(start, capacity).bytes);
  }

  /** Sends text (as UTF-8) or bytes as they are. Resolves when the device's side has taken them. */
  send(data: string | Uint8Array): Promise<void> {
    return this.#writer.write(typeof data === "string" ? encoder.encode(data) : data);
  }

  /** Sends a line, and its end. */
  sendLine(line = ""): Promise<void> {
    return this.send(line + this.#lineEnding);
  }

  /**
   * Waits for a pattern, or for the first of several.
   *
   * Of several that are there the one that begins first counts, of those that begin together the first listed. Text is
   * looked for as its UTF-8. A regular expression sees each byte as one character, U+0000 to U+00FF; with flag `u` or
   * `v`, or characters beyond ASCII in it, it sees UTF-8. Without flag `m`, `^` is where the last match ended, and `$` the
   * newest byte so far.
   *
   * @throws {ExpectError} after `timeoutMs`, or when the console ends before.
   * @throws the signal's reason.
   */
  async expect(
    patterns: ConsolePattern | readonly ConsolePattern[],
    options: ExpectOptions = {},
  ): Promise<ConsoleMatch> {
    const list = asList(patterns);
    options.signal?.throwIfAborted();
    if (this.#onOutput !== undefined) {
      throw new Error("Cannot expect: another expect is waiting on this console");
    }
    const searches = list.map(searchFor);
    const found = this.#find(searches, false) ?? await this.#wait(list, searches, options);
    return this.#takeMatch(found);
  }

  /** Waits for the prompt; see {@linkcode expect}. */
  expectPrompt(options: ExpectOptions = {}): Promise<ConsoleMatch> {
    if (this.prompt === undefined) {
      return Promise.reject(new TypeError("Cannot expect a prompt: none was set on the console"));
    }
    return this.expect(this.prompt, options);
  }

  /** Waits for a pattern, and returns the output up to its end. See {@linkcode expect}. */
  async readUntil(pattern: ConsolePattern, options: ExpectOptions = {}): Promise<string> {
    const { before, after } = await this.expect(pattern, options);
    return before + after;
  }

  /**
   * Throws output away until none has come for `quietMs`.
   *
   * @param options `quietMs`: 100 unless told; 0 takes what is there. `timeoutMs`: when to stop at the latest.
   * @returns what was thrown away.
   */
  async drain(options: ExpectOptions & { quietMs?: number } = {}): Promise<Uint8Array> {
    const { quietMs = 100, timeoutMs = this.#timeoutMs, signal } = options;
    const deadline = performance.now() + timeoutMs;
    for (let seen = -1; seen !== this.#buffer.end && quietMs > 0 && !this.#ended;) {
      seen = this.#buffer.end;
      const left = deadline - performance.now();
      if (left <= 0) break;
      await this.#outputWithin(Math.min(quietMs, left), signal);
    }
    this.#buffer.takeLost();
    return this.#buffer.take();
  }

  /** Ends both directions. What was read stays in the transcript. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes the console. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) break;
        this.#buffer.append(value);
        this.#transcript.write(value);
        this.#onOutput?.();
        const teed = this.#teeTo?.(value);
        if (teed !== undefined) await teed;
      }
    } catch (error) {
      this.#failure = error;
      // The stream itself may be in order (the tee failed): nobody reads it any more.
      this.#reader.cancel(error).catch(() => {});
    }
    this.#ended = true;
    this.#onOutput?.();
  }

  #writeTee(chunk: Uint8Array): void | Promise<void> {
    const writer = this.#teeWriter!;
    writer.write(chunk).catch(() => {});
    if (!(writer.desiredSize! > 0)) return writer.ready;
  }

  #wait(
    patterns: readonly ConsolePattern[],
    searches: ConsoleSearch[],
    options: ExpectOptions,
  ): Promise<ConsoleFind & { index: number }> {
    const { timeoutMs = this.#timeoutMs, signal } = options;
    return new Promise((resolve, reject) => {
      let lookBack: ReturnType<typeof setTimeout> | undefined;
      let lookMs = 0;
      const finish = (): void => {
        this.#onOutput = undefined;
        clearTimeout(timer);
        clearTimeout(lookBack);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        finish();
        reject(signal!.reason);
      };
      const look = (everything: boolean): boolean => {
        const found = this.#find(searches, everything);
        if (found === undefined) return false;
        finish();
        resolve(found);
        return true;
      };
      const giveUp = (reason: "timeout" | "closed"): void => {
        if (look(true)) return;
        finish();
        const seen = this.#buffer.view();
        reject(new ExpectError(reason, patterns, seen, timeoutMs, this.#failure));
      };
      const lookAtAll = (): void => {
        lookBack = undefined;
        const begin = performance.now();
        if (!look(true)) lookMs = performance.now() - begin;
      };
      const onOutput = (): void => {
        if (look(false)) return;
        if (this.#ended) return giveUp("closed");
        if (lookBack !== undefined || !searches.some((search) => search.behind)) return;
        lookBack = setTimeout(lookAtAll, Math.max(LOOK_BACK_MS, LOOK_BACK_SHARE * lookMs));
      };
      const timer = setTimeout(() => giveUp("timeout"), timeoutMs);
      signal?.addEventListener("abort", onAbort);
      this.#onOutput = onOutput;
      if (this.#ended) giveUp("closed");
    });
  }

  #find(
    searches: ConsoleSearch[],
    everything: boolean,
  ): ConsoleFind & { index: number } | undefined {
    let first: ConsoleFind & { index: number } | undefined;
    for (const [index, search] of searches.entries()) {
      const found = everything ? search.all(this.#buffer) : search.next(this.#buffer);
      if (found === undefined) continue;
      if (first === undefined || found.start < first.start) first = { ...found, index };
    }
    return first;
  }

  #takeMatch(found: ConsoleFind & { index: number }): ConsoleMatch {
    const beforeBytes = this.#buffer.take(found.start);
    const afterBytes = this.#buffer.take(found.end);
    return {
      index: found.index,
      match: found.match,
      groups: found.groups,
      before: decodeText(beforeBytes),
      after: decodeText(afterBytes),
      beforeBytes,
      afterBytes,
      lost: this.#buffer.takeLost(),
    };
  }

  #outputWithin(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        this.#onOutput = undefined;
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        finish();
        reject(signal!.reason);
      };
      const onTime = (): void => {
        finish();
        resolve();
      };
      const timer = setTimeout(onTime, ms);
      signal?.addEventListener("abort", onAbort);
      this.#onOutput = onTime;
    });
  }

  async #close(): Promise<void> {
    const late = setTimeout(() => {
      this.#writer.abort(new Error("Cannot close console: the device takes nothing")).catch(
        () => {},
      );
    }, CLOSE_MS);
    await this.#writer.close().catch(() => {});
    clearTimeout(late);
    await this.#reader.cancel().catch(() => {});
    await this.#reading;
    this.#teeWriter?.releaseLock();
    await (this.#duplex as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.();
  }
}

function asList(
  patterns: ConsolePattern | readonly ConsolePattern[],
): readonly ConsolePattern[] {
  const single = typeof patterns === "string" || patterns instanceof RegExp ||
    patterns instanceof Uint8Array;
  return single ? [patterns] : patterns;
}
