import type { Coder } from "./coder.ts";

/** A stream of bytes in and a stream of bytes out, for `pipeThrough`. */
export type ByteTransform = ReadableWritablePair<Uint8Array, Uint8Array>;

/** Input goes to a coder in slices of at most this many bytes, unless it wants less. */
const INPUT_BYTES = 64 * 1024;

/** How long a coder may keep the event loop to itself, in ms. */
const BUSY_MS = 10;

/**
 * Runs a coder as a pair of streams. Nothing is done before the reader asks, and a write is done when the
 * coder has used it up, so that neither end runs ahead of the other, however far the bytes expand.
 *
 * The coder is opened when the reader first asks, and closed at the end, on failure, abort and cancel. A
 * failure shows at both ends.
 */
export function coderStream(open: () => Coder | Promise<Coder>): ByteTransform {
  let coder: Coder | undefined;
  let input: Uint8Array | undefined;
  let inputEnded = false;
  let coderEnded = false;
  let over = false;
  let busyMs = 0;
  let onInput: (() => void) | undefined;
  let onTaken: (() => void) | undefined;
  let source: ReadableStreamDefaultController<Uint8Array>;
  let sink: WritableStreamDefaultController;

  const close = (): void => {
    over = true;
    coder?.close();
    onInput?.();
    onTaken?.();
  };
  /** Hands the coder its next input, once there is some. */
  const feed = async (): Promise<void> => {
    if (input === undefined || input.length === 0) {
      onTaken?.();
      if (!inputEnded && !over) await new Promise<void>((resolve) => onInput = resolve);
      if (over) return;
      if (inputEnded) {
        coderEnded = true;
        return coder!.end();
      }
    }
    const bytes = coder!.inputBytes ?? INPUT_BYTES;
    coder!.push(input!.subarray(0, bytes));
    input = input!.subarray(bytes);
  };
  const step = async (): Promise<void> => {
    coder ??= await open();
    while (!over) {
      if (busyMs > BUSY_MS) {
        busyMs = 0;
        await nextTurn();
        if (over) break;
      }
      const start = performance.now();
      const pulled = coder.pull();
      const output = pulled instanceof Promise ? await pulled : pulled;
      busyMs += performance.now() - start;
      if (over) break;
      if (output !== null) return source.enqueue(output);
      if (coderEnded) {
        source.close();
        return close();
      }
      await feed();
    }
    coder.close();
  };

  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      source = controller;
    },
    async pull(): Promise<void> {
      try {
        await step();
      } catch (error) {
        if (over) return;
        source.error(error);
        sink.error(error);
        close();
      }
    },
    cancel(reason): void {
      sink.error(reason ?? new Error("Cannot write: the reader stopped reading"));
      close();
    },
  }, { highWaterMark: 0 });

  const writable = new WritableStream<Uint8Array>({
    start(controller): void {
      sink = controller;
      // Now, not in abort(): that waits for the write under way, which may wait for the reader.
      controller.signal.addEventListener("abort", () => {
        source.error(controller.signal.reason);
        close();
      }, { once: true });
    },
    write(chunk): Promise<void> | undefined {
      if (chunk.length === 0) return undefined;
      input = chunk;
      onInput?.();
      return new Promise((resolve) => onTaken = resolve);
    },
    close(): void {
      inputEnded = true;
      onInput?.();
    },
  });
  return { readable, writable };
}

/** Lets timers and I/O have their turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
