import { PACE_LEAST, PACE_STALL_MS } from "./limits.ts";

/** What a connection learnt about its path; its streams share it. */
export class Path {
  /** The shortest time between sending octets and their WINDOW_UPDATE, in ms. */
  shortest = Infinity;
  /** What streams may have under way, in octets: the value that the last one found to fit. */
  limit: number = PACE_LEAST;
  /** The smallest WINDOW_UPDATE of the peer's, in octets: it acknowledges no finer than this. */
  finest = Infinity;
}

/**
 * Keeps the queue in front of a stream's reader short. A window of 16 MiB fills the buffers of the system with 16 MiB, and
 * a ping-pong on the same connection waits behind them. So a stream has no more under way than the path carries
 * without queueing: it grows while acknowledgements (WINDOW_UPDATE) come as fast as they ever did, shrinks when they are
 * late, and doubles when none come at all, as with a long path or a peer that acknowledges rarely. The idea is that of
 * delay-based congestion control (TCP Vegas; RFC 6817), with the flow-control window as its upper bound.
 */
export class Pace {
  readonly #path: Path;
  #limit: number;
  #sent = 0;
  #acknowledged = 0;
  #mark = -1;
  #markedAt = 0;
  #limited = false;
  #stalledSince = 0;

  /** Starts with what the path is known to carry. */
  constructor(path: Path) {
    this.#path = path;
    this.#limit = path.limit;
  }

  /** Whether a frame may be sent now. */
  get mayGo(): boolean {
    return this.#sent - this.#acknowledged < this.#limit;
  }

  /** `octets` went out. */
  sent(octets: number): void {
    this.#sent += octets;
    if (this.#mark < 0 && octets >= 1024) {
      this.#mark = this.#sent;
      this.#markedAt = performance.now();
      this.#limited = false;
    }
  }

  /** There was something to send, but it may not go. */
  held(): void {
    this.#limited = true;
    if (this.#stalledSince === 0) this.#stalledSince = performance.now();
  }

  /** WINDOW_UPDATE: the peer's user has consumed `octets`. */
  acknowledged(octets: number): void {
    this.#acknowledged += octets;
    this.#stalledSince = 0;
    const path = this.#path;
    if (octets < path.finest) path.finest = octets;
    if (this.#mark < 0 || this.#acknowledged < this.#mark) return;
    const took = performance.now() - this.#markedAt;
    this.#mark = -1;
    if (took < path.shortest) path.shortest = took;
    if (took > 2 * path.shortest + 1) this.#setLimit(this.#limit * 0.75);
    else if (this.#limited && took < 1.25 * path.shortest + 0.25) {
      this.#setLimit(this.#limit * 1.25);
    }
  }

  /** Called now and then while the stream is held: without any acknowledgement the limit doubles. Returns whether it did. */
  tick(now: number): boolean {
    if (this.#stalledSince === 0 || now - this.#stalledSince < PACE_STALL_MS) return false;
    this.#stalledSince = 0;
    this.#setLimit(this.#limit * 2);
    return true;
  }

  #setLimit(limit: number): void {
    const { finest } = this.#path;
    this.#limit = Math.max(limit, PACE_LEAST, finest < Infinity ? 2 * finest : 0);
    this.#path.limit = this.#limit;
  }
}
