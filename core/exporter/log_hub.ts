import type { LogRecord, LogSink } from "../driver/mod.ts";

/** Records kept for readers that come later: four times what upstream keeps (core-spec §10.1). */
const KEPT_RECORDS = 1024;

/** What a reader of a {@linkcode LogHub} gets. */
export type LogItem = LogRecord | { readonly lost: number };

/**
 * A session's log: keeps the newest records and gives every reader all of them, those kept first. A reader that is too
 * slow loses the oldest and is told how many; it never holds up a writer.
 */
export class LogHub {
  readonly #records: LogRecord[] = [];
  readonly #forward: LogSink | undefined;
  readonly #waiting = new Set<() => void>();
  /** The number of the first record kept. */
  #first = 0;
  #closed = false;

  /** A hub that also hands each record to `forward`, such as the process's own log. */
  constructor(forward?: LogSink) {
    this.#forward = forward;
  }

  /** Takes a record. */
  readonly publish: LogSink = (record) => {
    this.#forward?.(record);
    if (this.#closed) return;
    this.#records.push(record);
    if (this.#records.length > KEPT_RECORDS) {
      // In steps, so that a busy log does not move the whole array with each record.
      const surplus = KEPT_RECORDS / 4;
      this.#records.splice(0, surplus);
      this.#first += surplus;
    }
    this.#wake();
  };

  /** Reads from the oldest record kept until the hub is closed or the signal aborted, both of which end it in order. */
  async *read(signal?: AbortSignal): AsyncGenerator<LogItem, void, undefined> {
    let next = this.#first;
    while (!signal?.aborted) {
      if (next < this.#first) {
        const lost = this.#first - next;
        next = this.#first;
        yield { lost };
      }
      const record = this.#records[next - this.#first];
      if (record !== undefined) {
        next++;
        yield record;
      } else if (this.#closed) return;
      else await this.#more(signal);
    }
  }

  /** Ends all readers, once they have read what is there. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }
}
