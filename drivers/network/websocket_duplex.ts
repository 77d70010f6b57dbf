import type { Duplex } from "@jumpstarter/core/stream";
import { type Socket, WebSocket } from "./ws_library.ts";

/** Bytes read ahead of a slow reader; then the socket is not read any more, and the peer waits. */
const READ_AHEAD_BYTES = 1 << 18;
/** How long a peer may take to answer the closing handshake, in ms. */
const CLOSE_MS = 2_000;

/** Close codes, RFC 6455 §7.4.1. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const NONE_GIVEN = 1005;
const INTERNAL_ERROR = 1011;

/** Those that end a stream in order. */
const ORDERLY_CODES: readonly number[] = [NORMAL, GOING_AWAY, NONE_GIVEN];

/**
 * An open WebSocket as bytes: one chunk is one binary message.
 *
 * A WebSocket has no half-close: when the writing side ends, the closing handshake begins, and what the peer had sent
 * before it answers still arrives.
 */
export function duplexFromWebSocket(socket: Socket): Duplex {
  let source: ReadableStreamDefaultController<Uint8Array>;
  let sink: WritableStreamDefaultController;
  let reading = true;
  let late: ReturnType<typeof setTimeout> | undefined;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));

  const endReading = (failure?: Error): void => {
    if (!reading) return;
    reading = false;
    if (failure === undefined) source.close();
    else source.error(failure);
  };
  const close = async (code: number): Promise<void> => {
    if (socket.readyState === WebSocket.CLOSED) return;
    if (socket.isPaused) socket.resume();
    if (socket.readyState === WebSocket.OPEN) socket.close(code);
    late ??= setTimeout(() => socket.terminate(), CLOSE_MS);
    await closed;
  };
  socket.binaryType = "nodebuffer";
  socket.on("message", (data: Uint8Array<ArrayBuffer>) => {
    if (!reading || data.length === 0) return;
    source.enqueue(new Uint8Array(data.buffer, data.byteOffset, data.length));
    if (source.desiredSize! <= 0 && socket.readyState === WebSocket.OPEN) socket.pause();
  });
  socket.on("error", (error: Error) => endReading(error));
  socket.once("close", (code: number, reason: Uint8Array) => {
    clearTimeout(late);
    if (ORDERLY_CODES.includes(code)) return endReading();
    const text = new TextDecoder().decode(reason);
    const failure = new Deno.errors.ConnectionReset(
      `Cannot read from WebSocket: it was closed with code ${code}${
        text === "" ? "" : `, ${text}`
      }`,
    );
    endReading(failure);
    sink.error(failure);
  });

  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      source = controller;
    },
    pull(): void {
      if (socket.isPaused) socket.resume();
    },
    cancel(): void {
      reading = false;
      if (socket.isPaused) socket.resume();
    },
  }, new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD_BYTES }));
  const writable = new WritableStream<Uint8Array>({
    start(controller): void {
      sink = controller;
      controller.signal.addEventListener("abort", () => {
        const { reason } = controller.signal;
        endReading(asError(reason));
        void close(asError(reason).name === "AbortError" ? GOING_AWAY : INTERNAL_ERROR);
      }, { once: true });
    },
    write(chunk): Promise<void> {
      return new Promise((resolve, reject) => {
        socket.send(chunk, { binary: true }, (error?: Error) => error ? reject(error) : resolve());
      });
    },
    close: () => close(NORMAL),
  });
  return { readable, writable };
}

/** Connects to a WebSocket server. */
export function connectWebSocket(
  url: string,
  signal?: AbortSignal,
  protocols: string[] = [],
): Promise<Duplex> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols, { perMessageDeflate: false });
    const onAbort = (): void => socket.terminate();
    signal?.addEventListener("abort", onAbort);
    const settle = (): void => {
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError);
    };
    const onError = (error: Error): void => {
      settle();
      socket.on("error", () => {});
      reject(error);
    };
    socket.once("error", onError);
    // At once, or the first message might come before anyone listens.
    socket.once("open", () => {
      settle();
      resolve(duplexFromWebSocket(socket));
    });
  });
}

const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error(String(reason));
