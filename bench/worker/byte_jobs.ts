/**
 * What the byte-stream benches say to each other, the same as upstream's bench
 * drivers: an eight-byte big-endian length starts a job. A sink takes that many
 * bytes more and answers one byte `K`; a source sends that many. Then the next.
 */
const LENGTH_BYTES = 8;

/** Size of every piece that is written, as upstream's: bytes. */
export const PIECE_BYTES = 65536;
/** Bytes of one job. Small beside what passes in a second, large beside its eight bytes. */
export const JOB_BYTES = 16 * 2 ** 20;
/** How many jobs a reader asks for ahead, so that a source never runs dry: 64 MiB, above every window. */
export const JOBS_AHEAD = 4;

/** What the pieces carry; never written to. */
export const PIECE: Uint8Array<ArrayBuffer> = new Uint8Array(PIECE_BYTES).fill(0x78);
/** What a sink answers for each finished job. */
export const DONE: Uint8Array<ArrayBuffer> = new Uint8Array([0x4b]);

/** The eight bytes that start a job of `length` bytes. */
export function jobHeader(length: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(LENGTH_BYTES);
  new DataView(header.buffer).setBigUint64(0, BigInt(length));
  return header;
}

/** Counts the jobs of a sink: feed it whatever arrives, cut anywhere. */
export class SinkJobs {
  #header = new HeaderReader();
  #left = 0;

  /** How many jobs were finished by `bytes`. */
  feed(bytes: Uint8Array): number {
    let finished = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#left === 0) {
        at = this.#header.feed(bytes, at);
        this.#left = this.#header.take() ?? 0;
        continue;
      }
      const step = Math.min(this.#left, bytes.length - at);
      at += step;
      this.#left -= step;
      if (this.#left === 0) finished++;
    }
    return finished;
  }
}

/** Collects the jobs asked of a source: feed it whatever arrives, cut anywhere. */
export class SourceJobs {
  #header = new HeaderReader();

  /** The lengths of the jobs that `bytes` completed. */
  feed(bytes: Uint8Array): number[] {
    const lengths: number[] = [];
    for (let at = 0; at < bytes.length;) {
      at = this.#header.feed(bytes, at);
      const length = this.#header.take();
      if (length !== null) lengths.push(length);
    }
    return lengths;
  }
}

class HeaderReader {
  #bytes = new Uint8Array(LENGTH_BYTES);
  #have = 0;

  /** Takes bytes from `at` on and returns where it stopped. */
  feed(bytes: Uint8Array, at: number): number {
    const step = Math.min(LENGTH_BYTES - this.#have, bytes.length - at);
    this.#bytes.set(bytes.subarray(at, at + step), this.#have);
    this.#have += step;
    return at + step;
  }

  /** The length once all its bytes are there, and only once. */
  take(): number | null {
    if (this.#have < LENGTH_BYTES) return null;
    this.#have = 0;
    return Number(new DataView(this.#bytes.buffer).getBigUint64(0));
  }
}
