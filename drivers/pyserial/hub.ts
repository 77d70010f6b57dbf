import type { Logger } from "@jumpstarter/core/driver";
import { type Duplex, RingBuffer } from "@jumpstarter/core/stream";
import { duplexPort } from "./duplex_port.ts";
import type { EndableStream } from "./loop_stream.ts";
import { LossReport } from "./loss_report.ts";
import { Pace } from "./pace.ts";
import type { SerialPort } from "./port.ts";
import { openTap, type Tap } from "./tap.ts";
import { Turns } from "./turns.ts";
import { withDeadline } from "./waits.ts";

/** Bytes of output that are kept unless told. */
export const HISTORY_BYTES = 1024 * 1024;

/**
 * How long a write waits for a port that is away, in ms (ours: a USB adapter that shares the board's power is back in 2 s;
 * what was typed half a minute ago must not reach a boot loader).
 */
const PATIENCE_MS = 10_000;

/** What {@linkcode SerialHub} needs. */
export interface SerialHubOptions {
  /** How the port is called in errors: its URL, or `console of QEMU`. */
  name: string;
  /** Where loss is told. */
  log: Logger;
  /** Bytes of output that are kept, 1 or more. 1,048,576 unless told. */
  historyBytes?: number;
  /** Characters per second that the device takes at most. As fast as the port takes them unless told. */
  cps?: number;
  /** Whether the first stream after a port came begins where the port's output began, instead of now. */
  firstSeesAll?: boolean;
}

/** Where a new stream begins. */
export interface TapStart {
  /** Whether it begins with the output that is still held, instead of now. */
  replay?: boolean;
}

/**
 * What stands between one port and all who use it: keeps its output for a while, hands it to any number of streams, and
 * lets them write by turns. Streams outlive the port: they go on when it comes back.
 */
export class SerialHub implements AsyncDisposable {
  /** The port's output, each byte with its offset. */
  readonly ring: RingBuffer;
  /** Why there is no port. */
  problem: string | undefined = "it was not opened yet";
  /** How often a port was attached. */
  attached = 0;
  /** Bytes sent to the device. */
  bytesSent = 0;
  /** Bytes that streams missed because they were read too slowly, all together. */
  bytesMissed = 0;
  readonly #options: SerialHubOptions;
  readonly #pace: Pace | undefined;
  readonly #turns = new Turns();
  readonly #taps = new Set<Tap>();
  #port: SerialPort | undefined;
  #arrival: PromiseWithResolvers<SerialPort> = Promise.withResolvers();
  #fresh: number | undefined;

  /** A hub without a port. */
  constructor(options: SerialHubOptions) {
    this.#options = options;
    this.ring = new RingBuffer(options.historyBytes ?? HISTORY_BYTES);
    if (options.cps !== undefined && options.cps > 0) this.#pace = new Pace(options.cps);
  }

  /** How the port is called. */
  get name(): string {
    return this.#options.name;
  }

  /** The port, while there is one. */
  get port(): SerialPort | undefined {
    return this.#port;
  }

  /** Streams that are open. */
  get streams(): number {
    return this.#taps.size;
  }

  /**
   * Reads from a port, and writes to it, until it ends; then closes it. One at a time.
   *
   * @throws {Error} if there is a port already; why the port is gone
   */
  async attach(port: SerialPort | Duplex): Promise<void> {
    if (this.#port !== undefined) {
      throw new Error(`Cannot attach to serial port '${this.name}': it has a port already`);
    }
    const attached = "run" in port ? port : duplexPort(port);
    this.#port = attached;
    this.attached++;
    this.#fresh = this.ring.end;
    this.problem = undefined;
    this.#arrival.resolve(attached);
    try {
      await attached.run((bytes) => {
        if (!this.ring.closed) this.ring.write(bytes);
      });
      this.problem = "its other end closed it";
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      this.#port = undefined;
      this.#arrival = Promise.withResolvers();
      await attached[Symbol.asyncDispose]();
    }
  }

  /** Opens a stream to the port, whether or not there is one now. */
  open(start: TapStart = {}): EndableStream {
    let offset = start.replay ? this.ring.start : this.ring.end;
    if (this.#options.firstSeesAll && this.#fresh !== undefined) {
      offset = Math.min(offset, this.#fresh);
    }
    this.#fresh = undefined;
    const tap = this.#tap(offset, () => this.#taps.delete(tap));
    this.#taps.add(tap);
    return tap;
  }

  /** The port's output from now on, for a record of it: not one of the {@linkcode streams}, ended by its owner only. */
  record(): EndableStream {
    return this.#tap(this.ring.end, () => {});
  }

  /** Ends all streams in order. */
  endStreams(): void {
    for (const tap of this.#taps) tap.end();
  }

  /** Ends all streams with an error; who reads gets what had come before it. */
  failStreams(error: Error): void {
    for (const tap of this.#taps) tap.fail(error);
  }

  /**
   * Writes a chunk when it is its turn; resolves when the port has taken it.
   *
   * @throws {Deno.errors.NotConnected} if the port is away and stays so for 10 s; why it is gone; the signal's reason
   */
  write(chunk: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.#turns.take(async () => {
      signal.throwIfAborted();
      const port = this.#port ?? await this.#awaitPort(signal);
      if (this.#pace === undefined) await port.write(chunk, signal);
      else await this.#pace.send(chunk, (piece) => port.write(piece, signal), signal);
      this.bytesSent += chunk.length;
    });
  }

  /** Ends all streams with what is held for them; whoever attached the port closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    this.ring.close();
    this.endStreams();
    return Promise.resolve();
  }

  #tap(offset: number, onEnd: () => void): Tap {
    const losses = new LossReport(this.#options.log);
    return openTap({
      ring: this.ring,
      offset,
      write: (chunk, signal) => this.write(chunk, signal),
      onLost: (lost, from) => {
        this.bytesMissed += lost;
        losses.add(lost, from);
      },
      onEnd: () => {
        onEnd();
        losses.flush();
      },
    });
  }

  async #awaitPort(signal: AbortSignal): Promise<SerialPort> {
    try {
      return await withDeadline(this.#arrival.promise, PATIENCE_MS, "", signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.TimedOut)) throw error;
      throw new Deno.errors.NotConnected(
        `Cannot write to serial port '${this.name}': it is away: ${this.problem}`,
      );
    }
  }
}
