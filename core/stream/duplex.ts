/**
 * Bytes both ways: a serial port, a socket, a pty, a tunnel, a forwarded port, a resource transfer.
 *
 * A chunk belongs to the stream once it is written: it may be passed on without being copied, so the
 * writer never touches it again. Likewise a chunk that was read is never overwritten by its source.
 *
 * - `writable.close()` ends that direction only (half-close); `readable` keeps flowing.
 * - `writable.abort(reason)` tears the whole connection down.
 * - `readable.cancel(reason)` gives up that direction only.
 */
export interface Duplex {
  /** What the other end sends. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What the other end receives. */
  readonly writable: WritableStream<Uint8Array>;
}

/** Options of {@linkcode duplexPair}. */
export interface DuplexPairOptions {
  /** Bytes that each direction holds before a write waits for the reader, 65,536 unless told. */
  capacity?: number;
}

/**
 * Two ends joined in memory: what is written to one is read from the other, and each direction closes
 * on its own. Each direction holds at most `capacity` bytes and one chunk more.
 *
 * @example
 * ```ts
 * const [near, far] = duplexPair();
 * await near.writable.getWriter().write(new TextEncoder().encode("hello"));
 * const { value } = await far.readable.getReader().read();
 * ```
 */
export function duplexPair(options: DuplexPairOptions = {}): [Duplex, Duplex] {
  const capacity = options.capacity ?? 65_536;
  const there = bytePipe(capacity);
  const back = bytePipe(capacity);
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ];
}

function bytePipe(capacity: number): Duplex {
  let source: ReadableStreamDefaultController<Uint8Array>;
  let sink: WritableStreamDefaultController;
  let resume: (() => void) | undefined;
  const wake = (): void => {
    resume?.();
    resume = undefined;
  };
  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      source = controller;
    },
    pull: wake,
    cancel(reason): void {
      sink.error(reason ?? new Error("Cannot write: the other end stopped reading"));
      wake();
    },
  }, new ByteLengthQueuingStrategy({ highWaterMark: capacity }));
  const writable = new WritableStream<Uint8Array>({
    start(controller): void {
      sink = controller;
      // The abort callback below comes only after the write under way has settled: settle it.
      controller.signal.addEventListener("abort", wake, { once: true });
    },
    write(chunk): Promise<void> | undefined {
      if (chunk.byteLength === 0) return undefined;
      source.enqueue(chunk);
      if (source.desiredSize! > 0) return undefined;
      return new Promise((resolve) => resume = resolve);
    },
    close(): void {
      source.close();
    },
    abort(reason): void {
      source.error(reason ?? new Error("Cannot read: the other end aborted"));
    },
  });
  return { readable, writable };
}
