import { redactUrl } from "./presigned_url.ts";

/** Ends one transfer when its time is over or its caller gives up, and words what went wrong. */
export class PresignedDeadline {
  /** Aborted at the deadline, and with the caller's signal. */
  readonly signal: AbortSignal;
  /** Where the transfer has come to, after redirects. */
  url: string;
  readonly #method: string;
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #callers: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#controller.abort(this.#callers!.reason);

  /** Starts the clock. */
  constructor(method: string, url: string, timeoutMs: number, signal: AbortSignal | undefined) {
    this.#method = method;
    this.url = url;
    this.signal = this.#controller.signal;
    this.#timer = setTimeout(() => {
      const text = this.#text(`request timed out after ${timeoutMs / 1_000}s`);
      this.#controller.abort(new DOMException(text, "TimeoutError"));
    }, timeoutMs);
    this.#callers = signal;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Stops the clock. */
  end(): void {
    clearTimeout(this.#timer);
    this.#callers?.removeEventListener("abort", this.#onAbort);
  }

  /** What to throw for a failure before the first byte. */
  failed(error: unknown): unknown {
    return this.#wrap("stream failed (connection/read error)", error);
  }

  /** What to throw for a failure between the first byte and the last. */
  interrupted(error: unknown): unknown {
    return this.#wrap("stream interrupted", error);
  }

  /** What to throw for a status that does not mean success. */
  refused(status: number, reason: string): Error {
    return new PresignedError(
      `Presigned HTTP ${this.#method} request failed: status=${status}, reason='${reason}', url=${
        redactUrl(this.url)
      }`,
    );
  }

  /** What to throw for anything else, with the URL at its end. */
  broken(what: string): Error {
    return new PresignedError(this.#text(what));
  }

  #text(what: string): string {
    return `Presigned HTTP ${this.#method} ${what} for ${redactUrl(this.url)}`;
  }

  #wrap(what: string, error: unknown): unknown {
    if (this.signal.aborted) return this.signal.reason;
    if (error instanceof PresignedError || error instanceof SyntaxError) return error;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return new PresignedError(`${this.#text(what)}: ${name}: ${message}`, { cause: error });
  }
}

/** A transfer between the exporter and somebody's web server failed. */
export class PresignedError extends Error {
  override readonly name: string = "PresignedError";
}
