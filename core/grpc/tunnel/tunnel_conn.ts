import type { ByteConn } from "../../http2/mod.ts";
import {
  CHUNK_BYTES,
  dataFrameHead,
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameType,
} from "../../stream/mod.ts";
import type { MessageChannel } from "../message_channel.ts";
import { type ChunkSink, SentChunks } from "./sent_chunks.ts";

const NO_BYTES = new Uint8Array(0);
const GOAWAY = encodeFrame(FrameType.GOAWAY);

const CLOSE_TIMEOUT_MS = 5000;

/** A call that carries a tunnel; reuse of memory needs to know what it still holds. */
export type TunnelCall = MessageChannel & ChunkSink;

/** Options of {@linkcode TunnelConn}. */
export interface TunnelConnOptions {
  /** Time for the peer to end its direction after `close`, in ms; then the call is cancelled. 5,000. */
  closeTimeoutMs?: number;
}

interface Reader {
  readonly target: Uint8Array;
  resolve(octets: number | null): void;
  reject(error: unknown): void;
}

/**
 * A byte connection inside a `RouterService.Stream` call (core-spec §2.1, §2.5), straight on its
 * messages: what HTTP/2 in a tunnel runs on, at either end.
 *
 * `close` ends both directions in order: GOAWAY and half-close, then it waits for the peer's end.
 */
export class TunnelConn implements ByteConn {
  /** Resolves when nothing more comes from the call: it has ended, or the peer its direction after ours. */
  readonly finished: Promise<void>;
  readonly #call: TunnelCall;
  readonly #closeTimeoutMs: number;
  readonly #finish: () => void;
  readonly #chunks: SentChunks;
  readonly #frame: Frame = { type: FrameType.DATA, payload: NO_BYTES };
  /** What is left of the last payload. */
  #rest: Uint8Array = NO_BYTES;
  #reader: Reader | null = null;
  #state: "open" | "closing" | "finished" = "open";
  /** The peer has ended its direction. */
  #ended = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes over `call`, of which nothing else may be received or sent. */
  constructor(call: TunnelCall, options: TunnelConnOptions = {}) {
    this.#call = call;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    this.#chunks = new SentChunks(call);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
  }

  read(target: Uint8Array): Promise<number | null> {
    if (this.#reader !== null) return Promise.reject(new Error("Cannot read: a read is pending"));
    if (this.#state !== "open") return Promise.resolve(null);
    try {
      const octets = this.#take(target);
      if (octets !== undefined) return Promise.resolve(octets);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#reader = { target, resolve, reject };
      this.#call.whenReadable(this.#wake);
    });
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#state !== "open") throw new Deno.errors.BadResource("Cannot write: tunnel is closed");
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      // The call keeps what it is given, and the caller uses its buffer again.
      const part = this.#chunks.copy(bytes.subarray(at, at + CHUNK_BYTES));
      const before = this.#call.bufferedBytes;
      const room = this.#call.send(dataFrameHead(part.length), part);
      this.#chunks.sent(part, before);
      if (room !== undefined) await room;
    }
    return bytes.length;
  }

  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    const reader = this.#reader;
    this.#reader = null;
    reader?.resolve(null);
    this.#timer = setTimeout(() => this.#call.cancel(), this.#closeTimeoutMs);
    try {
      void this.#call.send(GOAWAY);
      this.#call.closeSend?.();
    } catch {
      // The call is over already.
    }
    if (reader === null) this.#discard();
  }

  /** What has come, as much as fits; `undefined` for nothing yet, `null` at the end. */
  #take(target: Uint8Array): number | null | undefined {
    let octets = 0;
    for (;;) {
      if (this.#rest.length > 0) {
        const room = target.length - octets;
        const part = this.#rest.length <= room ? this.#rest : this.#rest.subarray(0, room);
        target.set(part, octets);
        octets += part.length;
        this.#rest = this.#rest.subarray(part.length);
        if (this.#rest.length > 0 || octets === target.length) return octets;
      }
      if (!this.#next()) {
        if (octets > 0) return octets;
        return this.#ended ? null : undefined;
      }
    }
  }

  /** Takes the next payload to `#rest`; `false` if there is none. */
  #next(): boolean {
    while (!this.#ended) {
      const message = this.#call.poll();
      if (message === undefined) return false;
      if (message === null) break;
      const { type, payload } = decodeFrame(message, this.#frame);
      if (type === FrameType.GOAWAY) break;
      if (type !== FrameType.DATA || payload.length === 0) continue;
      this.#rest = payload;
      return true;
    }
    this.#ended = true;
    return false;
  }

  readonly #wake = (): void => {
    const reader = this.#reader;
    if (reader === null) return this.#discard();
    try {
      const octets = this.#take(reader.target);
      if (octets === undefined) return this.#call.whenReadable(this.#wake);
      this.#reader = null;
      reader.resolve(octets);
    } catch (error) {
      this.#reader = null;
      reader.reject(error);
    }
  };

  /** After close: passes over what still comes, until the peer's end. */
  #discard(): void {
    try {
      while (this.#next());
      this.#rest = NO_BYTES;
      if (!this.#ended) return this.#call.whenReadable(this.#wake);
    } catch {
      // It failed: that is an end as well.
    }
    clearTimeout(this.#timer);
    this.#state = "finished";
    this.#finish();
  }
}
