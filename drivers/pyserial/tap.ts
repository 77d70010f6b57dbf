import { CHUNK_BYTES, type RingBuffer } from "@jumpstarter/core/stream";
import type { EndableStream } from "./loop_stream.ts";

/** A {@linkcode EndableStream} that can also be told that its port failed. */
export interface Tap extends EndableStream {
  /** Ends it: who reads gets what had come, then the error; who writes gets the error. */
  fail(error: Error): void;
}

/** Bytes that wait for the port before a writer has to. They are still sent when the writer has closed and gone. */
const WAITING_BYTES = 16 * 1024;

/** What {@linkcode openTap} needs. */
export interface TapOptions {
  /** Where the port's output is. */
  ring: RingBuffer;
  /** Absolute offset of the first byte wanted. */
  offset: number;
  /** Writes one chunk to the port. */
  write(chunk: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Told of bytes that are not in the stream because it was read too slowly. */
  onLost(lost: number, offset: number): void;
  /** Called once when the stream has ended both ways. */
  onEnd(): void;
}

/**
 * A stream to a port that others use as well. Reading takes from the ring, so it holds up nobody. Closing the writable
 * ends that direction only and means nothing to the port; the other goes on until it is cancelled, or ended from outside:
 * then it still gives what had come by that time.
 */
export function openTap(options: TapOptions): Tap {
  const { ring } = options;
  const noMore = new AbortController();
  const noWrite = new AbortController();
  let source: ReadableStreamDefaultController<Uint8Array>;
  let sink: WritableStreamDefaultController;
  let next = options.offset;
  let last = Infinity;
  let failure: Error | undefined;
  let reading = true;
  let writing = true;
  let finished = false;
  let waiting = 0;
  let resume: (() => void) | undefined;
  const finish = (): void => {
    if (reading || writing || finished) return;
    finished = true;
    options.onEnd();
  };
  const endReading = (): boolean => {
    const first = reading;
    reading = false;
    noMore.abort();
    finish();
    return first;
  };
  const endWriting = (reason?: unknown): boolean => {
    const first = writing;
    writing = false;
    noWrite.abort(reason);
    resume?.();
    finish();
    return first;
  };
  const send = async (chunk: Uint8Array): Promise<void> => {
    waiting += chunk.byteLength;
    try {
      await options.write(chunk, noWrite.signal);
    } catch (error) {
      if (endWriting(error)) sink.error(error);
    } finally {
      waiting -= chunk.byteLength;
      if (waiting <= WAITING_BYTES) resume?.();
    }
  };
  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      source = controller;
    },
    async pull(controller): Promise<void> {
      if (next >= ring.end && next < last) {
        await ring.wait(next, { signal: noMore.signal }).catch(() => {});
      }
      if (!reading) return;
      if (next >= Math.min(ring.end, last)) {
        closeReading();
        return;
      }
      const { offset, bytes, lost } = ring.read(next, Math.min(CHUNK_BYTES, last - next));
      if (lost > 0) options.onLost(lost, next);
      next = offset + bytes.length;
      controller.enqueue(bytes);
    },
    cancel(): void {
      // Nobody is left to read answers, but what was written before is still on its way.
      endReading();
    },
  }, { highWaterMark: 0 });
  const writable = new WritableStream<Uint8Array>({
    start(controller): void {
      sink = controller;
      // Now, not in abort(): that waits for the write under way, which may wait for the port.
      controller.signal.addEventListener("abort", () => {
        const { reason } = controller.signal;
        if (endReading()) source.error(reason);
        endWriting(reason);
      }, { once: true });
    },
    write(chunk): Promise<void> | undefined {
      if (!writing) throw failure ?? closedError();
      if (chunk.byteLength === 0) return undefined;
      send(chunk);
      if (waiting <= WAITING_BYTES) return undefined;
      return new Promise((resolve) => resume = resolve);
    },
    close(): void {
      writing = false;
      finish();
    },
  });
  const closeReading = (): void => {
    if (failure === undefined) source.close();
    else source.error(failure);
    endReading();
  };
  const end = (error?: Error): void => {
    failure = error;
    // The next write fails, not the stream: whoever only reads must see an end in order.
    endWriting(error ?? closedError());
    last = ring.end;
    if (next >= last && reading) closeReading();
  };
  return { readable, writable, end: () => end(), fail: end };
}

function closedError(): Error {
  return new Deno.errors.BrokenPipe("Cannot write to serial port: the stream was closed");
}
