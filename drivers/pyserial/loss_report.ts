import type { Logger } from "@jumpstarter/core/driver";

/** Least time between two lines about one stream, in ms. */
const INTERVAL_MS = 5_000;

/** Says in the log what a slow stream missed: at once, then in sums, so that the log is no flood. */
export class LossReport {
  readonly #log: Logger;
  #bytes = 0;
  #from = 0;
  #nextAt = 0;

  /** A report on one stream. */
  constructor(log: Logger) {
    this.#log = log;
  }

  /** `lost` bytes from absolute offset `from` on were missed. */
  add(lost: number, from: number): void {
    if (this.#bytes === 0) this.#from = from;
    this.#bytes += lost;
    if (performance.now() >= this.#nextAt) this.flush();
  }

  /** Says what was not said yet. */
  flush(): void {
    if (this.#bytes === 0) return;
    this.#log.warn(
      `A stream to the serial port was read too slowly: it misses ${this.#bytes} bytes from offset ${this.#from} on`,
      { bytes: this.#bytes, offset: this.#from },
    );
    this.#bytes = 0;
    this.#nextAt = performance.now() + INTERVAL_MS;
  }
}
