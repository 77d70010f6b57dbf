import { setImmediate } from "node:timers";
import type { ByteConn } from "../byte_conn.ts";

/** A connection whose writes wait until the test lets them through, and that never has anything to read until it is closed. */
export class GatedConn implements ByteConn {
  /** What was taken of each write, in order. */
  readonly written: Uint8Array[] = [];
  /** Whether writes go through by themselves. */
  open = false;
  readonly #closed = Promise.withResolvers<null>();
  #pending: { bytes: Uint8Array; settle: PromiseWithResolvers<number> } | null = null;

  /** The write that waits. */
  get pending(): Uint8Array | null {
    return this.#pending?.bytes ?? null;
  }

  /** All octets taken so far. */
  get octets(): number[] {
    return this.written.flatMap((bytes) => [...bytes]);
  }

  /** Waits for the close. */
  read(_p: Uint8Array): Promise<number | null> {
    return this.#closed.promise;
  }

  /** Waits for {@linkcode GatedConn.take}. Two writes at once are an error of the writer. */
  write(p: Uint8Array): Promise<number> {
    if (this.#pending !== null) return Promise.reject(new Error("a write is under way"));
    if (this.open) {
      this.written.push(p.slice());
      return Promise.resolve(p.length);
    }
    const settle = Promise.withResolvers<number>();
    this.#pending = { bytes: p, settle };
    return settle.promise;
  }

  /** Takes `octets` of the write that waits, all unless told, and lets what follows from it happen. */
  async take(octets?: number): Promise<void> {
    const { bytes, settle } = this.#pending!;
    this.#pending = null;
    const count = octets ?? bytes.length;
    this.written.push(bytes.slice(0, count));
    settle.resolve(count);
    await turn();
  }

  /** Fails the write that waits. */
  async fail(error: Error): Promise<void> {
    const { settle } = this.#pending!;
    this.#pending = null;
    settle.reject(error);
    await turn();
  }

  /** Ends reads and fails the write that waits. */
  close(): void {
    this.#closed.resolve(null);
    this.#pending?.settle.reject(new Error("closed"));
    this.#pending = null;
  }
}

/** A turn of the event loop and a little more: microtasks, timers that are due and immediates of now have run after it. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(() => setImmediate(resolve), 0));
}
