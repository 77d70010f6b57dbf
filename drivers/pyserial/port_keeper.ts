import type { Logger } from "@jumpstarter/core/driver";
import { delay } from "@jumpstarter/core/client";
import { abortable } from "./waits.ts";
import type { SerialPort } from "./port.ts";

/** What {@linkcode PortKeeper} needs. */
export interface PortKeeperOptions {
  /** How the port is called in the log: its URL. */
  name: string;
  /** Opens the port once. */
  open(signal: AbortSignal): Promise<SerialPort>;
  /** Uses the port until it is gone; resolves at its end, rejects with why it is gone. */
  attach(port: SerialPort): Promise<void>;
  /** Told why there is no port. */
  onAway(reason: string): void;
  /** Where coming and going is told. */
  log: Logger;
  /** Longest wait before the port is tried again, in ms. */
  longestWaitMs: number;
}

/** First wait before a port that went away is tried again: udev needs about that long to make its links. */
const FIRST_WAIT_MS = 100;
/** Each further wait is so many times as long: gRPC's connection-backoff.md. */
const WAIT_GROWTH = 1.6;

/**
 * Keeps a port open, and opens it again when it went away and came back.
 *
 * - opening: an attempt is under way, with the opener's own deadline → open, away
 * - open: until the other end, or the device, goes → away
 * - away: waits, longer each time, or until somebody asks for the port → opening
 * - closed: for good, by disposing; from any state
 */
export class PortKeeper implements AsyncDisposable {
  readonly #options: PortKeeperOptions;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  #port: SerialPort | undefined;
  #attempt: PromiseWithResolvers<SerialPort> = deferred();
  #hurry: (() => void) | undefined;
  #told: string | undefined;
  #opened = 0;

  /** Begins to open the port. */
  constructor(options: PortKeeperOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** How often it was opened. */
  get opened(): number {
    return this.#opened;
  }

  /**
   * The open port. When it is away it is tried at once.
   *
   * @throws why that attempt failed, or the signal's reason
   */
  ready(signal?: AbortSignal): Promise<SerialPort> {
    if (this.#port !== undefined) return Promise.resolve(this.#port);
    this.#hurry?.();
    return abortable(this.#attempt.promise, signal);
  }

  /** Closes the port for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { name } = this.#options;
    this.#end.abort(
      new Deno.errors.BrokenPipe(`Cannot use serial port '${name}': its session ended`),
    );
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    for (let failures = 0; !signal.aborted;) {
      let port: SerialPort | undefined;
      try {
        port = await this.#options.open(signal);
      } catch (error) {
        this.#missed(error);
      }
      failures = port === undefined ? failures + 1 : 1;
      if (port !== undefined) await this.#keep(port);
      // Also after it was open: a server that accepts and hangs up at once must not be called without a pause.
      await this.#pause(failures);
    }
    this.#attempt.reject(signal.reason);
  }

  #missed(error: unknown): void {
    const message = messageOf(error);
    if (message !== this.#told && !this.#end.signal.aborted) {
      this.#options.log.warn(`${message}; it is tried again`);
    }
    this.#told = message;
    this.#options.onAway(message);
    const attempt = this.#attempt;
    this.#attempt = deferred();
    attempt.reject(error);
  }

  async #pause(failures: number): Promise<void> {
    const { longestWaitMs } = this.#options;
    const wait = Math.min(longestWaitMs, FIRST_WAIT_MS * WAIT_GROWTH ** (failures - 1));
    const hurry = new AbortController();
    this.#hurry = () => hurry.abort();
    // A fifth more or less, so that many exporters do not call one server in step.
    await delay(
      wait * (0.8 + 0.4 * Math.random()),
      AbortSignal.any([hurry.signal, this.#end.signal]),
    ).catch(() => {});
    this.#hurry = undefined;
  }

  /** Uses the port until it is gone. */
  async #keep(port: SerialPort): Promise<void> {
    const { name, log, attach, onAway } = this.#options;
    const { signal } = this.#end;
    const close = (): void => void port[Symbol.asyncDispose]();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    const attached = attach(port);
    this.#port = port;
    this.#told = undefined;
    this.#opened++;
    log.info(`Serial port '${name}' is ${this.#opened === 1 ? "open" : "back"}`);
    this.#attempt.resolve(port);
    let reason = "its other end closed it";
    try {
      await attached;
    } catch (error) {
      reason = messageOf(error);
    }
    signal.removeEventListener("abort", close);
    this.#port = undefined;
    this.#attempt = deferred();
    if (!signal.aborted) {
      onAway(reason);
      log.warn(`Serial port '${name}' went away: ${reason}; it is tried again`);
    }
    await port[Symbol.asyncDispose]();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A promise with its ends, of which nobody need take notice. */
function deferred<T>(): PromiseWithResolvers<T> {
  const result = Promise.withResolvers<T>();
  result.promise.catch(() => {});
  return result;
}
