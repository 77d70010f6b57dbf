import type { Http2Options } from "./api.ts";
import type { Connection } from "./connection.ts";
import { connectionError, ErrorCode, Http2Error } from "./errors.ts";
import { SETTINGS_TIMEOUT_MS, WRITE_STALL_MS } from "./limits.ts";

/** What a {@linkcode Watch} asks the receiving side about. */
export interface Handshake {
  /** Whether the peer's SETTINGS, its acknowledgement of ours, or the rest of a header block is awaited. */
  readonly awaits: string | null;
}

const TICK_MS = 10_000;

/** The deadlines of a connection: no peer keeps it waiting for ever. One timer a connection. */
export class Watch {
  readonly #connection: Connection;
  readonly #handshake: Handshake;
  readonly #options: Http2Options;
  readonly #timer: ReturnType<typeof setInterval>;
  #awaitedSince = performance.now();
  #awaited: string | null = "start";
  #reads = -1;
  #silentSince = performance.now();
  #pinged = false;

  /** Starts to watch. */
  constructor(connection: Connection, handshake: Handshake, options: Http2Options) {
    this.#connection = connection;
    this.#handshake = handshake;
    this.#options = options;
    const every = Math.min(
      TICK_MS,
      (options.settingsTimeoutMs ?? SETTINGS_TIMEOUT_MS) / 2,
      (options.writeStallMs ?? WRITE_STALL_MS) / 2,
      (options.keepalive?.intervalMs ?? Infinity) / 2,
      (options.keepalive?.timeoutMs ?? Infinity) / 2,
    );
    this.#timer = setInterval(() => this.#tick(), every);
    // A connection nobody uses does not keep the process alive; reading from it does.
    // The type is a number in Deno 2.6 and an object in 2.9; both are taken.
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** Ends the watch. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#connection.writer.tick();
    this.#checkHandshake(now);
    this.#checkWrites(now);
    this.#keepAlive(now);
  }

  #checkHandshake(now: number): void {
    const awaited = this.#handshake.awaits;
    if (awaited === null || awaited !== this.#awaited) {
      if (this.#awaited !== "start") this.#awaitedSince = now;
      this.#awaited = awaited;
      if (awaited === null) return;
    }
    const limit = this.#options.settingsTimeoutMs ?? SETTINGS_TIMEOUT_MS;
    if (now - this.#awaitedSince >= limit) {
      this.#connection.fail(
        connectionError(ErrorCode.SETTINGS_TIMEOUT, `No ${awaited} from the peer in ${limit} ms`),
      );
    }
  }

  #checkWrites(now: number): void {
    const since = this.#connection.writer.writingSince;
    const limit = this.#options.writeStallMs ?? WRITE_STALL_MS;
    if (since > 0 && now - since >= limit) {
      this.#connection.fail(silent(`Peer took no byte in ${limit} ms`));
    }
  }

  #keepAlive(now: number): void {
    const keepalive = this.#options.keepalive;
    if (keepalive === undefined) return;
    const reads = this.#connection.reader.reads;
    const idle = this.#connection.activeStreams === 0 && !keepalive.withoutStreams;
    if (reads !== this.#reads || idle) {
      this.#reads = reads;
      this.#silentSince = now;
      this.#pinged = false;
      return;
    }
    const silence = now - this.#silentSince;
    if (this.#pinged) {
      if (silence >= keepalive.intervalMs + keepalive.timeoutMs) {
        this.#connection.fail(silent(`Peer did not answer PING in ${keepalive.timeoutMs} ms`));
      }
    } else if (silence >= keepalive.intervalMs) {
      this.#pinged = true;
      this.#connection.ping().catch(() => {});
    }
  }
}

function silent(message: string): Http2Error {
  return new Http2Error(message, {
    code: ErrorCode.NO_ERROR,
    scope: "connection",
    remote: true,
  });
}
