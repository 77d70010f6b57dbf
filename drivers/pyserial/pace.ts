import { delay } from "@jumpstarter/core/client";

/** Pieces shorter than this, in ms, are no use: timers are that coarse. */
const SHORTEST_MS = 2;

/**
 * Limits how fast bytes are sent, for devices that lose what comes too fast. Never faster than told, also from one chunk
 * to the next; a little slower, because timers come late.
 *
 * Up to 500 characters a second each byte is a piece of its own, above that as many as belong to 2 ms.
 */
export class Pace {
  readonly #piece: number;
  readonly #msPerByte: number;
  #due = 0;

  /** @param cps characters per second, more than 0 */
  constructor(cps: number) {
    this.#msPerByte = 1000 / cps;
    this.#piece = Math.max(1, Math.floor(SHORTEST_MS / this.#msPerByte));
  }

  /**
   * Sends a chunk piece by piece.
   *
   * @throws what `send` throws, or the signal's reason
   */
  async send(
    chunk: Uint8Array,
    send: (piece: Uint8Array) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    for (let at = 0; at < chunk.length; at += this.#piece) {
      const wait = this.#due - performance.now();
      if (wait > 0) await delay(wait, signal);
      const piece = chunk.subarray(at, at + this.#piece);
      await send(piece);
      this.#due = performance.now() + piece.length * this.#msPerByte;
    }
  }
}
