import type { Duplex } from "@jumpstarter/core/stream";
import type { Pace } from "./pace.ts";

/** Bytes on their way that make the writer wait for the reader. */
const CAPACITY = 65_536;

/** What {@linkcode loopStream} is told. */
export interface LoopOptions {
  /** How fast bytes come back; without it a chunk comes back at once as it is. */
  pace?: Pace;
  /** Told of the bytes of each chunk that was written. */
  onBytes?(count: number): void;
  /** Called once when both directions have ended, or the stream was given up. */
  onEnd?(): void;
}

/** A stream that can be ended from outside. */
export interface EndableStream extends Duplex {
  /** Ends it in order: who reads gets the end. */
  end(): void;
}

/** A plug with the two data pins joined: what is written comes back, and so does the end of it. */
export function loopStream(options: LoopOptions = {}): EndableStream {
  let source: ReadableStreamDefaultController<Uint8Array>;
  let sink: WritableStreamDefaultController;
  let resume: (() => void) | undefined;
  let ended = false;
  const finish = (): boolean => {
    if (ended) return false;
    ended = true;
    resume?.();
    options.onEnd?.();
    return true;
  };
  const wake = (): void => {
    resume?.();
    resume = undefined;
  };
  const send = (piece: Uint8Array): void => {
    if (!ended) source.enqueue(piece);
  };
  const room = (): Promise<void> | undefined => {
    if (ended || source.desiredSize! > 0) return undefined;
    return new Promise((resolve) => resume = resolve);
  };
  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      source = controller;
    },
    pull: wake,
    cancel(reason): void {
      if (finish()) sink.error(reason ?? new Error("Cannot write: the stream was given up"));
    },
  }, new ByteLengthQueuingStrategy({ highWaterMark: CAPACITY }));
  const writable = new WritableStream<Uint8Array>({
    start(controller): void {
      sink = controller;
      // Now, not in abort(): that waits for the write under way, which may wait for the reader.
      controller.signal.addEventListener("abort", () => {
        if (finish()) source.error(controller.signal.reason);
      }, { once: true });
    },
    write(chunk): Promise<void> | undefined {
      if (ended) {
        throw new Deno.errors.BrokenPipe("Cannot write to serial port: the stream was closed");
      }
      if (chunk.byteLength === 0) return undefined;
      options.onBytes?.(chunk.byteLength);
      if (options.pace !== undefined) {
        return options.pace.send(chunk, send, sink.signal).then(room);
      }
      source.enqueue(chunk);
      return room();
    },
    close(): void {
      if (finish()) source.close();
    },
  });
  const end = (): void => {
    if (finish()) source.close();
  };
  return { readable, writable, end };
}
