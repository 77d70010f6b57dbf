import { Code, ConnectError } from "@connectrpc/connect";
import {
  type ByteConn,
  connectHttp2,
  ErrorCode,
  type Http2ClientSession,
  type Http2Error,
  type Http2Options,
} from "../../http2/mod.ts";
import { backoffMs, type BackoffOptions } from "./backoff.ts";

/** A call that needs a session. One of its methods is called, once, and maybe at once. */
export interface SessionWaiter {
  /** Whether it outlasts failed attempts to connect; otherwise it fails with the first. */
  readonly waitForReady: boolean;
  /** There is a session that takes streams. */
  onSession(session: Http2ClientSession): void;
  /** There is none. */
  onSessionError(error: ConnectError): void;
}

/** How a {@linkcode SharedSession} connects. */
export interface SharedSessionOptions {
  /** What is connected to, for messages. */
  name: string;
  /** Opens a connection; the signal says when to give up. */
  open: (signal: AbortSignal) => Promise<ByteConn>;
  /** Time for an attempt, the server's SETTINGS included, in ms: 20,000 (gRPC's MIN_CONNECT_TIMEOUT). */
  connectTimeoutMs?: number;
  /** Waits between failed attempts. */
  backoff?: BackoffOptions;
  /** For each connection. */
  http2?: Http2Options;
}

/**
 * What a {@linkcode SharedSession} is doing:
 *
 * - `idle`: no connection, and nobody asked for one since the last was lost. A call leads to `connecting`.
 * - `connecting`: one attempt is under way, until its deadline. Leads to `ready` or `backoff`.
 * - `ready`: calls go to this session. Its end, or a GOAWAY, leads to `idle`; after a GOAWAY it
 *   finishes what it has by itself.
 * - `backoff`: the last attempt failed. Until `until`, calls fail with its error at once; those that
 *   wait for ready, and the first call after that, lead to `connecting`.
 * - `draining`: no new calls, open ones finish. Leads to `closed`.
 * - `closed`: for good.
 */
export type SessionState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting"; readonly failures: number; readonly abort: AbortController }
  | { readonly kind: "ready"; readonly session: Http2ClientSession }
  | {
    readonly kind: "backoff";
    readonly failures: number;
    readonly until: number;
    readonly error: ConnectError;
    timer?: ReturnType<typeof setTimeout>;
  }
  | { readonly kind: "draining" }
  | { readonly kind: "closed" };

/** A {@linkcode SessionState} by its name. */
export type TransportState = "idle" | "connecting" | "ready" | "backoff" | "draining" | "closed";

const CONNECT_TIMEOUT_MS = 20_000;
const TOO_MANY_PINGS = "too_many_pings";
const IDLE: SessionState = Object.freeze({ kind: "idle" });

/** The one HTTP/2 session that the calls of a transport share, connected when a call needs it. */
export class SharedSession {
  readonly #options: SharedSessionOptions;
  #state: SessionState = IDLE;
  readonly #waiters = new Set<SessionWaiter>();
  /** All sessions that are not over, those that finish after GOAWAY included. */
  readonly #sessions = new Set<Http2ClientSession>();
  /** Doubled when a server complains of too many pings (gRPC A8). */
  #pingFactor = 1;

  /** Does nothing until a call comes. */
  constructor(options: SharedSessionOptions) {
    this.#options = options;
  }

  /** See {@linkcode SessionState}. */
  get state(): TransportState {
    return this.#state.kind;
  }

  /** Whether calls end because this end wants it. */
  get isClosed(): boolean {
    return this.#state.kind === "closed";
  }

  /** Gets `waiter` a session, or an error. */
  request(waiter: SessionWaiter): void {
    const state = this.#state;
    switch (state.kind) {
      case "ready":
        if (state.session.accepting) return waiter.onSession(state.session);
        // Its stream identifiers are used up (RFC 9113 §5.1.1), or its end is about to be reported.
        void state.session.drain();
        this.#waiters.add(waiter);
        return this.#connect(0);
      case "idle":
        this.#waiters.add(waiter);
        return this.#connect(0);
      case "connecting":
        this.#waiters.add(waiter);
        return;
      case "backoff":
        if (performance.now() >= state.until) {
          this.#waiters.add(waiter);
          return this.#connect(state.failures);
        }
        if (!waiter.waitForReady) return waiter.onSessionError(state.error);
        this.#waiters.add(waiter);
        return this.#armBackoff();
      case "draining":
      case "closed":
        return waiter.onSessionError(closedError(this.#options.name));
    }
  }

  /** The call does not wait any more. */
  forget(waiter: SessionWaiter): void {
    if (!this.#waiters.delete(waiter) || this.#waiters.size > 0) return;
    if (this.#state.kind === "backoff") this.#disarmBackoff();
  }

  /** Ends every connection, and the calls on it, now. */
  close(): void {
    const before = this.#state;
    if (before.kind === "closed") return;
    this.#leave({ kind: "closed" });
    for (const session of this.#sessions) session.close();
  }

  /** Takes no new calls, lets open ones finish, and closes; with the signal's abort it closes at once. */
  async drain(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#state.kind !== "closed") {
      this.#leave({ kind: "draining" });
      await Promise.all([...this.#sessions].map((session) => session.drain(options)));
      this.close();
    }
    await this.finished();
  }

  /** Resolves when every connection is closed. */
  async finished(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.closed));
  }

  /** Goes to `draining` or `closed`: whoever waits gets an error. */
  #leave(next: SessionState): void {
    const before = this.#state;
    if (before.kind === "backoff") this.#disarmBackoff();
    this.#state = next;
    if (before.kind === "connecting") before.abort.abort(closedError(this.#options.name));
    const error = closedError(this.#options.name);
    for (const waiter of this.#takeWaiters(() => true)) waiter.onSessionError(error);
  }

  #connect(failures: number): void {
    if (this.#state.kind === "backoff") this.#disarmBackoff();
    const state: SessionState = { kind: "connecting", failures, abort: new AbortController() };
    this.#state = state;
    const startedAt = performance.now();
    this.#establish(state.abort).then(
      (session) => {
        if (this.#state === state) this.#enterReady(session);
        else session.close();
      },
      (error) => {
        if (this.#state === state) this.#enterBackoff(failures + 1, startedAt, error);
      },
    );
  }

  async #establish(abort: AbortController): Promise<Http2ClientSession> {
    const { open, connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#options;
    let missing = "the connection was open";
    const timer = setTimeout(
      () => abort.abort(new Error(`timed out after ${connectTimeoutMs} ms before ${missing}`)),
      connectTimeoutMs,
    );
    try {
      const conn = await unlessAborted(open(abort.signal), abort.signal, (late) => late.close());
      missing = "the server's SETTINGS arrived";
      const session = connectHttp2(conn, this.#http2Options());
      this.#sessions.add(session);
      void session.closed.then(() => this.#sessions.delete(session));
      try {
        await unlessAborted(session.ready, abort.signal);
      } catch (error) {
        session.close();
        throw error;
      }
      return session;
    } finally {
      clearTimeout(timer);
    }
  }

  #enterReady(session: Http2ClientSession): void {
    const state: SessionState = { kind: "ready", session };
    this.#state = state;
    const lost = (): void => {
      if (this.#state === state) this.#state = IDLE;
    };
    session.onGoaway = (error): void => {
      this.#noteTooManyPings(error);
      lost();
    };
    void session.closed.then(lost);
    // Each may find that the session takes no more; then it asks again, and that leads to a new one.
    for (const waiter of this.#takeWaiters(() => true)) waiter.onSession(session);
  }

  #enterBackoff(failures: number, startedAt: number, reason: unknown): void {
    const error = connectError(this.#options.name, reason);
    const until = startedAt + backoffMs(failures, this.#options.backoff);
    this.#state = { kind: "backoff", failures, until, error };
    const failing = this.#takeWaiters((waiter) => !waiter.waitForReady);
    if (this.#waiters.size > 0) this.#armBackoff();
    for (const waiter of failing) waiter.onSessionError(error);
  }

  /** A timer runs only while somebody waits for it: an idle transport holds nothing. */
  #armBackoff(): void {
    const state = this.#state;
    if (state.kind !== "backoff" || state.timer !== undefined) return;
    const wait = Math.max(0, state.until - performance.now());
    state.timer = setTimeout(() => this.#connect(state.failures), wait);
  }

  #disarmBackoff(): void {
    const state = this.#state;
    if (state.kind !== "backoff") return;
    clearTimeout(state.timer);
    state.timer = undefined;
  }

  #takeWaiters(which: (waiter: SessionWaiter) => boolean): SessionWaiter[] {
    const taken = [...this.#waiters].filter(which);
    for (const waiter of taken) this.#waiters.delete(waiter);
    return taken;
  }

  #noteTooManyPings(error: Http2Error): void {
    const calm = error.remote && error.code === ErrorCode.ENHANCE_YOUR_CALM;
    if (calm && error.message.includes(TOO_MANY_PINGS)) this.#pingFactor *= 2;
  }

  #http2Options(): Http2Options {
    const { http2 = {} } = this.#options;
    if (http2.keepalive === undefined || this.#pingFactor === 1) return http2;
    const { keepalive } = http2;
    const intervalMs = keepalive.intervalMs * this.#pingFactor;
    return { ...http2, keepalive: { ...keepalive, intervalMs } };
  }
}

/** `promise`, or the signal's reason if that comes first; then a late result goes to `dispose`. */
async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  dispose?: (late: T) => void,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } catch (error) {
    if (signal.aborted) promise.then(dispose, () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function connectError(name: string, reason: unknown): ConnectError {
  const text = reason instanceof Error ? reason.message : String(reason);
  return new ConnectError(
    `Cannot connect to ${name}: ${text}`,
    Code.Unavailable,
    undefined,
    undefined,
    reason,
  );
}

/** The error of calls on a transport that its owner closed. */
export function closedError(name: string): ConnectError {
  return new ConnectError(`Cannot call ${name}: transport is closed`, Code.Canceled);
}
