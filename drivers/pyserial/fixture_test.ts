import { Logger, type LogRecord } from "@jumpstarter/core/driver";
import type { Duplex } from "@jumpstarter/core/stream";

/** A logger that keeps what it is told, and says when something was. */
export class TestLog {
  readonly records: LogRecord[] = [];
  readonly log: Logger = new Logger("driver.PySerial", (record) => this.#take(record), "debug");
  #news = Promise.withResolvers<void>();

  /** Waits until something like that was said; each line counts once. */
  async said(pattern: RegExp): Promise<string> {
    for (;;) {
      const at = this.records.findIndex(({ message }) => pattern.test(message));
      if (at >= 0) return this.records.splice(0, at + 1)[at].message;
      await this.#news.promise;
    }
  }

  #take(record: LogRecord): void {
    this.records.push(record);
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

/** Reads so many bytes from one stream, in as many calls as are made. */
export class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader();
  }

  /** The next bytes; fewer at the end of the stream. */
  async bytes(count: number): Promise<Uint8Array> {
    const result = new Uint8Array(count);
    for (let at = 0; at < count;) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#reader.read();
        if (done) return result.subarray(0, at);
        this.#rest = value;
      }
      const piece = this.#rest.subarray(0, count - at);
      result.set(piece, at);
      this.#rest = this.#rest.subarray(piece.length);
      at += piece.length;
    }
    return result;
  }

  /** The next bytes as a text. */
  async text(count: number): Promise<string> {
    return new TextDecoder().decode(await this.bytes(count));
  }

  /** Whether the stream is at its end. */
  async ended(): Promise<boolean> {
    return (await this.bytes(1)).length === 0;
  }

  /** Reads no more. */
  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

/** Writes a text, or bytes, and lets go of the stream again. */
export async function send(duplex: Duplex, data: string | Uint8Array): Promise<void> {
  const writer = duplex.writable.getWriter();
  try {
    await writer.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
  } finally {
    writer.releaseLock();
  }
}

/** Bytes that tell at each place which place it is: a counter of 4 bytes, again and again. */
export function numbered(from: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const place = from + at;
    bytes[at] = (place >>> 2) >>> (8 * (place & 3));
  }
  return bytes;
}

/** How long something outside of this process may take, in ms. */
const PATIENCE_MS = 20_000;

/** Asks until it is so: for what nobody tells of. */
export async function until(what: string, probe: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await probe()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`);
  }
}
