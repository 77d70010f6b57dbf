import type { Duplex } from "./duplex.ts";

/** A {@linkcode Duplex} that knows how much went through it. */
export interface CountedDuplex extends Duplex {
  /** Bytes read from it so far. */
  readonly bytesRead: number;
  /** Bytes written to it so far. */
  readonly bytesWritten: number;
}

/** Wraps a duplex in one that counts. The wrapped one must not be used meanwhile. */
export function counted(duplex: Duplex): CountedDuplex {
  let read = 0;
  let written = 0;
  return {
    readable: countedReadable(duplex.readable, (bytes) => read += bytes),
    writable: countedWritable(duplex.writable, (bytes) => written += bytes),
    get bytesRead(): number {
      return read;
    },
    get bytesWritten(): number {
      return written;
    },
  };
}

/**
 * The same stream, with `count` called with the bytes of each chunk as it is read, and `onEnd` when it ends in order.
 */
export function countedReadable(
  readable: ReadableStream<Uint8Array>,
  count: (bytes: number) => void,
  onEnd?: () => void,
): ReadableStream<Uint8Array> {
  const reader = readable.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { done, value } = await reader.read();
      if (done) {
        onEnd?.();
        return controller.close();
      }
      count(value.byteLength);
      controller.enqueue(value);
    },
    cancel(reason): Promise<void> {
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** The same stream, with `count` called with the bytes of each chunk once it is written. */
export function countedWritable(
  writable: WritableStream<Uint8Array>,
  count: (bytes: number) => void,
): WritableStream<Uint8Array> {
  const writer = writable.getWriter();
  return new WritableStream<Uint8Array>({
    start(controller): void {
      // A failure of the wrapped stream shows at once, not with the next write.
      writer.closed.catch((error) => controller.error(error));
      // Now, not in abort(): that waits for the write under way, which may wait for the reader.
      controller.signal.addEventListener("abort", () => {
        writer.abort(controller.signal.reason).catch(() => {});
      }, { once: true });
    },
    async write(chunk): Promise<void> {
      await writer.write(chunk);
      count(chunk.byteLength);
    },
    close(): Promise<void> {
      return writer.close();
    },
    abort(reason): Promise<void> {
      return writer.abort(reason);
    },
  });
}
