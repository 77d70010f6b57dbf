import type { Duplex } from "./duplex.ts";

/** What {@linkcode duplexFromConn} needs of a connection: any `Deno.Conn` has it. */
export interface HalfCloseConn {
  /** Reads into `p`; resolves to the count of bytes read, or `null` at the end. */
  read(p: Uint8Array): Promise<number | null>;
  /** Writes from `p`; resolves to the count of bytes taken. */
  write(p: Uint8Array): Promise<number>;
  /** Ends the sending direction only. */
  closeWrite(): Promise<void>;
  /** Closes both directions at once; pending reads and writes fail. */
  close(): void;
}

/** Bytes allocated at a time and handed out in pieces: several small reads share one allocation. */
const SLAB_BYTES = 256 * 1024;

/** The most that one read takes, and the least room it is offered: one chunk of a router stream. */
const READ_BYTES = 64 * 1024;

/**
 * A socket as a {@linkcode Duplex} with half-close, which the streams of `Deno.Conn` itself lack: closing
 * those closes the socket. The connection is closed once both directions have ended, or on abort.
 */
export function duplexFromConn(conn: HalfCloseConn): Duplex {
  let slab = new Uint8Array(0);
  let used = 0;
  let source: ReadableStreamDefaultController<Uint8Array>;
  let sink: WritableStreamDefaultController;
  let reading = true;
  let writing = true;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    conn.close();
  };
  const endReading = (): void => {
    reading = false;
    if (!writing) close();
  };
  const endWriting = (): void => {
    writing = false;
    if (!reading) close();
  };

  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      source = controller;
    },
    async pull(): Promise<void> {
      if (slab.length - used < READ_BYTES) {
        slab = new Uint8Array(SLAB_BYTES);
        used = 0;
      }
      const room = slab.subarray(used, used + READ_BYTES);
      let count: number | null;
      try {
        count = await conn.read(room);
      } catch (error) {
        // A socket that cannot be read has been reset: neither direction is left.
        sink.error(error);
        close();
        throw error;
      }
      if (!reading) return;
      if (count === null) {
        source.close();
        return endReading();
      }
      used += count;
      source.enqueue(room.subarray(0, count));
    },
    cancel: endReading,
  }, { highWaterMark: 0 });

  const writable = new WritableStream<Uint8Array>({
    start(controller): void {
      sink = controller;
      // Now, not in abort(): that waits for the write under way, which may wait for the peer.
      controller.signal.addEventListener("abort", () => {
        source.error(controller.signal.reason);
        close();
      }, { once: true });
    },
    async write(chunk): Promise<void> {
      try {
        for (let at = 0; at < chunk.length;) {
          at += await conn.write(at === 0 ? chunk : chunk.subarray(at));
        }
      } catch (error) {
        // What the peer sent before it went is still to be read.
        endWriting();
        throw error;
      }
    },
    async close(): Promise<void> {
      try {
        await conn.closeWrite();
      } finally {
        endWriting();
      }
    },
  });
  return { readable, writable };
}
