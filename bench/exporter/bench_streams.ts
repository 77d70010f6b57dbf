import type { Duplex } from "@jumpstarter/core/stream";
import { DONE, PIECE, SinkJobs, SourceJobs } from "../worker/byte_jobs.ts";

/** Bytes under way in an echo before a writer waits: four pieces. */
const ECHO_BYTES = 4 * PIECE.length;

/** Sends back what comes; `onEnd` is called once, when it is over. */
export function echoStream(onEnd: () => void): Duplex {
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: ECHO_BYTES });
  const transformer: Transformer<Uint8Array, Uint8Array> & { cancel(): void } = {
    flush: onEnd,
    cancel: onEnd,
  };
  return new TransformStream(transformer, strategy, strategy);
}

/** Takes jobs and answers each with one byte; see `worker/byte_jobs.ts`. */
export function sinkStream(onEnd: () => void): Duplex {
  const jobs = new SinkJobs();
  let answers: ReadableStreamDefaultController<Uint8Array> | undefined;
  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      answers = controller;
    },
    cancel(): void {
      answers = undefined;
    },
  });
  const writable = new WritableStream<Uint8Array>({
    write(chunk): void {
      for (let done = jobs.feed(chunk); done > 0; done--) answers?.enqueue(DONE);
    },
    close(): void {
      onEnd();
      answers?.close();
    },
    abort(reason): void {
      onEnd();
      answers?.error(reason);
    },
  });
  return { readable, writable };
}

/** Sends as many bytes as each job asks for; see `worker/byte_jobs.ts`. */
export function sourceStream(onEnd: () => void): Duplex {
  const jobs = new SourceJobs();
  const asked: number[] = [];
  let left = 0;
  let ended = false;
  let wake = (): void => {};
  const readable = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      while (left === 0) {
        const next = asked.shift();
        if (next !== undefined) left = next;
        else if (ended) return controller.close();
        else await new Promise<void>((resolve) => wake = resolve);
      }
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
      left -= piece.length;
      controller.enqueue(piece);
    },
    cancel: () => end(),
  }, { highWaterMark: 0 });
  const end = (): void => {
    ended = true;
    wake();
  };
  const writable = new WritableStream<Uint8Array>({
    write(chunk): void {
      asked.push(...jobs.feed(chunk));
      wake();
    },
    close(): void {
      onEnd();
      end();
    },
    abort(): void {
      onEnd();
      end();
    },
  });
  return { readable, writable };
}
