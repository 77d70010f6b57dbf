import type { ByteConn } from "../../http2/mod.ts";
import {
  dataFrameHead,
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameType,
} from "../../stream/mod.ts";
import type { MessageChannel } from "../message_channel.ts";
import { chunkEnd } from "./chunk_end.ts";
import { SentChunks } from "./sent_chunks.ts";

const NO_BYTES = new Uint8Array(0);
const GOAWAY = encodeFrame(FrameType.GOAWAY);
const CLOSE_TIMEOUT_MS = 5000;

/** Options of {@linkcode TunnelConn}. */
export interface TunnelConnOptions {
  /** Time for the peer to end its direction after `close`, in ms; then the call is cancelled. 5,000. */
  closeTimeoutMs?: number;
}

/** A read that waits: `take` says what has come, `undefined` for nothing, `null` for the end. */
interface Reader<T = unknown> {
  readonly take: () => T | null | undefined;
  resolve(value: T | null): void;
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
  readonly #call: MessageChannel;
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
  constructor(call: MessageChannel, options: TunnelConnOptions = {}) {
    this.#call = call;
    this.#chunks = new SentChunks(call);
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
  }

  read(target: Uint8Array): Promise<number | null> {
    return this.#whenThere(() => this.#take(target));
  }

  /** The next bytes as they came, not copied and never overwritten; `null` at the end. Instead of `read`. */
  readChunk(): Promise<Uint8Array | null> {
    return this.#whenThere(this.#takeChunk);
  }

  async write(bytes: Uint8Array): Promise<number> {
    for (let at = 0; at < bytes.length;) {
      if (this.#state !== "open") {
        throw new Deno.errors.BadResource("Cannot write: tunnel is closed");
      }
      const end = chunkEnd(bytes, at);
      // The call keeps what it is given, and the caller uses its buffer again: so a copy is sent.
      const room = this.#chunks.send(bytes.subarray(at, end), this.#send);
      if (room !== undefined) await room;
      at = end;
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

  readonly #send = (chunk: Uint8Array): Promise<void> | undefined =>
    this.#call.send(dataFrameHead(chunk.length), chunk);

  #whenThere<T>(take: () => T | null | undefined): Promise<T | null> {
    if (this.#reader !== null) return Promise.reject(new Error("Cannot read: a read is pending"));
    if (this.#state !== "open") return Promise.resolve(null);
    try {
      const value = take();
      if (value !== undefined) return Promise.resolve(value);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise<T | null>((resolve, reject) => {
      this.#reader = { take, resolve, reject } as Reader;
      this.#call.whenReadable(this.#wake);
    });
  }

  /** What has come, as much as fits; `undefined` for nothing yet, `null` at the end. */
  #take(target: Uint8Array): number | null | undefined {
    let octets = 0;
    while (octets < target.length && (this.#rest.length > 0 || this.#next())) {
      const room = target.length - octets;
      const part = this.#rest.length <= room ? this.#rest : this.#rest.subarray(0, room);
      target.set(part, octets);
      octets += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    if (octets > 0) return octets;
    return this.#ended ? null : undefined;
  }

  readonly #takeChunk = (): Uint8Array | null | undefined => {
    if (this.#rest.length === 0 && !this.#next()) return this.#ended ? null : undefined;
    const chunk = this.#rest;
    this.#rest = NO_BYTES;
    return chunk;
  };

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
      const value = reader.take();
      if (value === undefined) return this.#call.whenReadable(this.#wake);
      this.#reader = null;
      reader.resolve(value);
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
