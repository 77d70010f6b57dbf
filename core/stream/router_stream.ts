import type { Duplex } from "./duplex.ts";
import {
  CHUNK_BYTES,
  dataFrameHead,
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameError,
  MAX_FRAME_BYTES,
  MAX_FRAME_HEAD_BYTES,
} from "./frame.ts";
import { FrameType } from "./frame_type.ts";
import type { MessageStream } from "./message_stream.ts";

/** Options of {@linkcode routerStream}. */
export interface RouterStreamOptions {
  /**
   * The most payload that goes into one frame, in bytes: 65,536 unless told, which every peer takes; up
   * to 262,144 is faster between two of our own. At most 4,194,299, so that the message stays under 4 MiB.
   */
  chunkBytes?: number;
}

const GOAWAY = encodeFrame(FrameType.GOAWAY);
const MAX_CHUNK_BYTES = MAX_FRAME_BYTES - MAX_FRAME_HEAD_BYTES;

/**
 * The byte stream that a `RouterService.Stream` call carries (core-spec §2.1), on either end of the call.
 *
 * - DATA frames are the bytes; GOAWAY, or the call's end, is the end of a direction.
 * - Empty DATA, PING, RST_STREAM and unknown frames are ignored, as are frames after GOAWAY.
 * - `writable.close()` sends GOAWAY, then half-closes where the call can.
 * - `writable.abort(reason)` cancels the call, which ends both directions.
 * - `readable.cancel()` leaves the other direction alone: what still comes is thrown away.
 * - A failed call, or a malformed frame, fails both directions.
 *
 * @throws {RangeError} if `chunkBytes` is out of range.
 */
export function routerStream(call: MessageStream, options: RouterStreamOptions = {}): Duplex {
  const chunkBytes = options.chunkBytes ?? CHUNK_BYTES;
  if (!(chunkBytes >= 1 && chunkBytes <= MAX_CHUNK_BYTES)) {
    throw new RangeError(
      `Cannot make router stream: chunkBytes must be 1 to ${MAX_CHUNK_BYTES}: current value is ${chunkBytes}`,
    );
  }
  const frame: Frame = { type: FrameType.DATA, payload: GOAWAY };
  let source: ReadableStreamDefaultController<Uint8Array>;
  let sink: WritableStreamDefaultController;
  let receiving = false;
  let delivering = true;
  let allReceived = false;

  const fail = (reason: unknown): void => {
    delivering = false;
    source.error(reason);
    sink.error(reason);
  };
  const endReading = (): void => {
    if (!delivering) return;
    delivering = false;
    source.close();
  };
  /** Takes one message; returns whether to go on: until there is something to read, or all has come. */
  const take = (message: Uint8Array | null): boolean => {
    if (message === null) {
      allReceived = true;
      endReading();
      return false;
    }
    if (!delivering) return true;
    decodeFrame(message, frame);
    if (frame.type === FrameType.GOAWAY) endReading();
    if (frame.type !== FrameType.DATA || frame.payload.length === 0) return true;
    source.enqueue(frame.payload);
    return false;
  };
  const receive = async (): Promise<void> => {
    receiving = true;
    try {
      while (take(await call.receive()));
    } catch (error) {
      fail(error);
      // Where the call itself failed there is nothing left to cancel.
      if (error instanceof FrameError) call.cancel(error);
    }
    receiving = false;
  };
  const send = async (chunk: Uint8Array): Promise<void> => {
    for (let at = 0; at < chunk.length; at += chunkBytes) {
      const part = chunk.subarray(at, at + chunkBytes);
      const room = call.send(dataFrameHead(part.length), part);
      if (room !== undefined) await room;
    }
  };

  return {
    readable: new ReadableStream<Uint8Array>({
      start(controller): void {
        source = controller;
      },
      pull: receive,
      cancel(): void {
        delivering = false;
        if (!receiving) void receive();
      },
    }, { highWaterMark: 0 }),
    writable: new WritableStream<Uint8Array>({
      start(controller): void {
        sink = controller;
        // Now, not in abort(): that waits for the write under way, which may wait for the peer.
        controller.signal.addEventListener("abort", () => {
          delivering = false;
          source.error(controller.signal.reason);
          call.cancel(controller.signal.reason);
        }, { once: true });
      },
      write(chunk): Promise<void> | undefined {
        if (chunk.length === 0) return undefined;
        if (chunk.length > chunkBytes) return send(chunk);
        return call.send(dataFrameHead(chunk.length), chunk);
      },
      async close(): Promise<void> {
        try {
          await call.send(GOAWAY);
          call.closeSend?.();
        } catch (error) {
          // A peer that has ended the call in order takes no end of this direction, nor needs one.
          if (!allReceived) throw error;
        }
      },
    }),
  };
}
