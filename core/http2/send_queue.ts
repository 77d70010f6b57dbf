/** One DATA run: what stood together when it was handed over goes out in one frame if it can. */
interface Run {
  bytes: Uint8Array | null;
  body: Uint8Array | null;
  offset: number;
}

/** Payload that waits for windows or for the connection, in order. */
export class SendQueue {
  #runs: Run[] = [];
  #next = 0;
  /** Octets that wait. */
  bytes = 0;

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#next === this.#runs.length;
  }

  /** Adds a run; `head` is copied. */
  push(head: Uint8Array | null, body: Uint8Array | null): void {
    this.#runs.push({ bytes: head === null ? null : head.slice(), body, offset: 0 });
    this.bytes += (head?.length ?? 0) + (body?.length ?? 0);
  }

  /** Octets left of the first run. */
  get firstLength(): number {
    const run = this.#runs[this.#next];
    return (run.bytes?.length ?? 0) + (run.body?.length ?? 0) - run.offset;
  }

  /** Takes `octets` of the first run, as up to two pieces handed to `write`. */
  take(octets: number, write: (a: Uint8Array | null, b: Uint8Array | null) => void): void {
    const run = this.#runs[this.#next];
    const headLength = run.bytes?.length ?? 0;
    const end = run.offset + octets;
    const head = run.offset < headLength
      ? run.bytes!.subarray(run.offset, Math.min(end, headLength))
      : null;
    const body = run.body !== null && end > headLength
      ? run.body.subarray(Math.max(0, run.offset - headLength), end - headLength)
      : null;
    run.offset = end;
    this.bytes -= octets;
    if (end === headLength + (run.body?.length ?? 0)) this.#shift();
    write(head, body);
  }

  /** Drops everything. */
  clear(): void {
    this.#runs = [];
    this.#next = 0;
    this.bytes = 0;
  }

  #shift(): void {
    this.#runs[this.#next++] = undefined as unknown as Run;
    if (this.#next === this.#runs.length) {
      this.#runs.length = 0;
      this.#next = 0;
    } else if (this.#next >= 64 && this.#next * 2 >= this.#runs.length) {
      this.#runs.splice(0, this.#next);
      this.#next = 0;
    }
  }
}
