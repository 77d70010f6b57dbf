import { MAX_WINDOW, WINDOW_UPDATE_SHARE } from "./limits.ts";

/** What may still be sent on a stream or a connection (RFC 9113 §6.9). Negative after SETTINGS made it smaller (§6.9.2). */
export class SendWindow {
  /** Octets that may be sent now. */
  available: number;

  /** Starts with `size` octets. */
  constructor(size: number) {
    this.available = size;
  }

  /** WINDOW_UPDATE or a new INITIAL_WINDOW_SIZE; `false` when the window would exceed 2^31-1 (§6.9.1). */
  grow(octets: number): boolean {
    this.available += octets;
    return this.available <= MAX_WINDOW;
  }
}

/** What a peer may still send, and what its user has consumed. */
export class ReceiveWindow {
  readonly #step: number;
  readonly #slack: number;
  #available: number;
  #consumed = 0;

  /** Starts with `size` octets; `slack` is what the peer may send above it, as it does not know of `size` yet. */
  constructor(size: number, slack = 0) {
    this.#available = size;
    this.#slack = slack;
    this.#step = Math.max(1, Math.floor(size / WINDOW_UPDATE_SHARE));
  }

  /** Counts `octets` of DATA payload, padding included; `false` when the peer exceeded the window. */
  receive(octets: number): boolean {
    this.#available -= octets;
    return this.#available >= -this.#slack;
  }

  /** The user is done with `octets`: returns the increment to announce now, 0 while it is too small to be worth a frame. */
  consume(octets: number): number {
    this.#consumed += octets;
    if (this.#consumed < this.#step) return 0;
    const increment = this.#consumed;
    this.#consumed = 0;
    this.#available += increment;
    return increment;
  }
}
