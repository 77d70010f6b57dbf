import { getUint32, putUint32 } from "./frames.ts";

interface Waiting {
  sentAt: number;
  resolve: (ms: number) => void;
  reject: (error: unknown) => void;
}

/** PINGs on their way (RFC 9113 §6.7), told apart by a count in their payload. */
export class Pings {
  readonly #sendFrame: (data: Uint8Array) => void;
  #waiting = new Map<number, Waiting>();
  #count = 0;

  /** `sendFrame` sends a PING with eight octets. */
  constructor(sendFrame: (data: Uint8Array) => void) {
    this.#sendFrame = sendFrame;
  }

  /** Sends one; resolves to the round trip in ms. */
  send(signal?: AbortSignal): Promise<number> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const count = ++this.#count >>> 0;
    const data = new Uint8Array(8);
    putUint32(data, 4, count);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const abort = () => {
      this.#waiting.delete(count);
      reject(signal!.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    const done = () => signal?.removeEventListener("abort", abort);
    this.#waiting.set(count, {
      sentAt: performance.now(),
      resolve: (ms) => (done(), resolve(ms)),
      reject: (error) => (done(), reject(error)),
    });
    this.#sendFrame(data);
    return promise;
  }

  /** An answer arrived; `false`: nobody waits for it. */
  answered(data: Uint8Array): boolean {
    const count = getUint32(data, 4);
    const waiting = this.#waiting.get(count);
    if (waiting === undefined || getUint32(data, 0) !== 0) return false;
    this.#waiting.delete(count);
    waiting.resolve(performance.now() - waiting.sentAt);
    return true;
  }

  /** The connection is over. */
  fail(error: unknown): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of all) waiting.reject(error);
  }
}
