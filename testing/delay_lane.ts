import { setImmediate } from "node:timers";

/** What {@linkcode DelayLane} takes, see `DelayProxyOptions`. */
export interface DelayLaneOptions {
  /** Time every byte takes, in milliseconds. */
  readonly delayMs: number;
  /** Bytes that may be on their way. */
  readonly capacity: number;
}

/** Largest piece read at once, in bytes. */
const READ_BYTES = 256 << 10;
/** A piece smaller than this share of a read buffer is copied out, so that small messages do not pin big buffers. */
const COPY_BELOW = READ_BYTES / 4;
/** How late a timer of Deno 2.9 was seen to fire, in milliseconds. */
const TIMER_LATENESS_MS = 2;

/** Something that opens and closes, to wait for. */
class Gate {
  #shut: PromiseWithResolvers<void> | undefined;

  get isOpen(): boolean {
    return this.#shut === undefined;
  }
  close(): void {
    this.#shut ??= Promise.withResolvers<void>();
  }
  open(): void {
    this.#shut?.resolve();
    this.#shut = undefined;
  }
  async wait(): Promise<void> {
    while (this.#shut !== undefined) await this.#shut.promise;
  }
}

/** One direction of one connection of a `DelayProxy`. */
export class DelayLane {
  #queue: { due: number; bytes: Uint8Array | null }[] = [];
  #queued = 0;
  #filled = new Gate();
  #room = new Gate();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wake: (() => void) | undefined;
  #ended = false;
  /** Closed while the lane is stalled. */
  readonly flow: Gate = new Gate();

  /** Carries from `from` to `to`; `count` is told of every byte delivered. */
  constructor(
    readonly from: Deno.TcpConn,
    readonly to: Deno.TcpConn,
    readonly options: DelayLaneOptions,
    readonly count: (bytes: number) => void,
  ) {
    this.#filled.close();
  }

  /** Carries bytes until the end of input has been passed on, a connection fails, or `end()`. */
  async run(): Promise<void> {
    await Promise.all([this.#read(), this.#write()]);
  }

  /** Ends both loops, whatever they wait for (a read or a write ends when its connection is closed). */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#wake?.();
    for (const gate of [this.#filled, this.#room, this.flow]) gate.open();
  }

  async #read(): Promise<void> {
    let buffer = new Uint8Array(READ_BYTES);
    let length: number | null = 0;
    while (length !== null && !this.#ended) {
      length = await this.from.read(buffer);
      let bytes: Uint8Array | null = null;
      if (length !== null && length < COPY_BELOW) {
        bytes = buffer.slice(0, length);
      } else if (length !== null) {
        bytes = buffer.subarray(0, length);
        buffer = new Uint8Array(READ_BYTES);
      }
      this.#queue.push({ due: performance.now() + this.options.delayMs, bytes });
      this.#queued += length ?? 0;
      this.#filled.open();
      if (this.#queued >= this.options.capacity && !this.#ended) {
        this.#room.close();
        await this.#room.wait();
      }
    }
  }

  async #write(): Promise<void> {
    while (!this.#ended) {
      const idle = this.#queue.length === 0;
      if (idle) this.#filled.close();
      await this.#filled.wait();
      const next = this.#queue[0];
      if (next === undefined) continue;
      await this.#until(next.due, idle);
      await this.flow.wait();
      if (this.#ended) return;
      this.#queue.shift();
      if (next.bytes === null) return await this.to.closeWrite();
      for (let at = 0; at < next.bytes.length;) at += await this.to.write(next.bytes.subarray(at));
      this.count(next.bytes.length);
      this.#queued -= next.bytes.length;
      if (this.#queued < this.options.capacity) this.#room.open();
    }
  }

  /**
   * Timers fire up to 2 ms late. A piece that follows others closely does not mind, it only comes in a larger group; one
   * that comes alone is somebody's ping, so the last 2 ms before it are watched.
   */
  async #until(due: number, exact: boolean): Promise<void> {
    for (;;) {
      const left = due - performance.now();
      if (left <= 0 || this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (!exact) this.#timer = setTimeout(resolve, left);
        else if (left > TIMER_LATENESS_MS) {
          this.#timer = setTimeout(resolve, left - TIMER_LATENESS_MS);
        } else setImmediate(resolve);
      });
    }
  }
}
