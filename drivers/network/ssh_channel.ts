import type { Duplex as NodeDuplex } from "node:stream";
import type { Duplex } from "@jumpstarter/core/stream";

/** A stream of node's as a {@linkcode Duplex}, with half-close and back-pressure both ways. */
export function duplexFromChannel(channel: NodeDuplex): Duplex {
  let source: ReadableStreamDefaultController<Uint8Array>;
  let reading = true;
  const endReading = (failure?: Error): void => {
    if (!reading) return;
    reading = false;
    if (failure === undefined) source.close();
    else source.error(failure);
  };
  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      source = controller;
      channel.on("data", (chunk: Uint8Array<ArrayBuffer>) => {
        if (!reading) return;
        source.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
        if (source.desiredSize! <= 0) channel.pause();
      });
      channel.on("end", () => endReading());
      channel.on("close", () => endReading());
      channel.on("error", (error) => endReading(error));
      channel.pause();
    },
    pull: () => void channel.resume(),
    cancel(): void {
      reading = false;
      channel.resume();
    },
  }, { highWaterMark: 0 });
  const writable = new WritableStream<Uint8Array>({
    start(controller): void {
      controller.signal.addEventListener("abort", () => channel.destroy(), { once: true });
    },
    write(chunk): Promise<void> {
      return new Promise((resolve, reject) => {
        channel.write(chunk, (error) => error ? reject(error) : resolve());
      });
    },
    close(): void {
      channel.end();
    },
  });
  return { readable, writable };
}
