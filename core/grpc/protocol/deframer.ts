import { Code, ConnectError } from "@connectrpc/connect";
import { ChunkQueue } from "./chunk_queue.ts";

/** Length of the prefix of each message: a flag octet and the length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export const PREFIX_LENGTH = 5;

/**
 * A message of which not all has come is given this much memory at first, and twice as much
 * whenever that is full: a peer that promises 4 MiB and sends 5 bytes gets no 4 MiB.
 */
const FIRST_PART = 128 * 1024;

const EMPTY = new Uint8Array(0);

/** The error of a message that is larger than this end takes; worded as grpc-core does. */
export function tooLarge(length: number, limit: number): ConnectError {
  return new ConnectError(
    `Received message larger than max (${length} vs. ${limit})`,
    Code.ResourceExhausted,
  );
}

/**
 * Cuts the payload of a stream into messages, when they are asked for. A message that came in one
 * piece is handed out without a copy.
 */
export class Deframer {
  /** Whether the message that {@linkcode Deframer.next} returned last is compressed. */
  compressed = false;
  readonly #limit: number;
  readonly #queue = new ChunkQueue();
  /** Octets that `next` took out of the queue, and how many of them `takeCredit` told. */
  #taken = 0;
  #credited = 0;
  /** How many octets of the prefix were read; the length so far. */
  #prefix = 0;
  #length = 0;
  /** What was gathered of a message that did not come in one piece. */
  #part: Uint8Array | null = null;
  #filled = 0;

  /** @param limit the largest message taken, in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether a message has begun but is not complete, or more than that waits. */
  get pending(): boolean {
    return this.#prefix > 0 || this.#queue.length > 0;
  }

  /** Adds what arrived; it must not change any more. Cheap: nothing is cut before it is asked for. */
  push(data: Uint8Array): void {
    this.#queue.push(data);
  }

  /** Call when what was pushed is not asked for at once; see {@linkcode ChunkQueue.settle}. */
  settle(): void {
    this.#queue.settle();
  }

  /**
   * The next message, still compressed if {@linkcode Deframer.compressed} says so; `null` if it is
   * not complete. Then what has come of it is taken over, so that its octets can be given back to
   * the window: a message may be larger than the window.
   *
   * @throws {ConnectError} `Code.ResourceExhausted` for a message over the limit, `Code.Internal`
   * for a prefix that is none.
   */
  next(): Uint8Array | null {
    if (this.#prefix < PREFIX_LENGTH && !this.#readPrefix()) return null;
    const queue = this.#queue;
    if (this.#length === 0) return this.#complete(EMPTY);
    if (this.#part === null && queue.length > 0) {
      const chunk = queue.first();
      const start = queue.offset;
      if (chunk.length - start >= this.#length) {
        this.#skip(this.#length);
        return this.#complete(chunk.subarray(start, start + this.#length));
      }
    }
    return this.#gather();
  }

  /** Octets to give back to the receive window since the last call. */
  takeCredit(): number {
    const credit = this.#taken - this.#credited;
    this.#credited = this.#taken;
    return credit;
  }

  /** Drops what waits, and returns how many octets are to be given back for it. */
  clear(): number {
    this.#taken += this.#queue.length;
    this.#queue.clear();
    this.#complete(EMPTY);
    return this.takeCredit();
  }

  #skip(count: number): void {
    this.#taken += count;
    this.#queue.skip(count);
  }

  #readPrefix(): boolean {
    const queue = this.#queue;
    while (this.#prefix < PREFIX_LENGTH) {
      if (queue.length === 0) return false;
      const chunk = queue.first();
      const end = Math.min(chunk.length, queue.offset + PREFIX_LENGTH - this.#prefix);
      for (let i = queue.offset; i < end; i++) this.#readPrefixOctet(chunk[i]);
      this.#skip(end - queue.offset);
    }
    if (this.#length > this.#limit) throw tooLarge(this.#length, this.#limit);
    return true;
  }

  #readPrefixOctet(octet: number): void {
    if (this.#prefix++ > 0) {
      this.#length = this.#length * 256 + octet;
      return;
    }
    // Only the lowest bit has a meaning; grpc-core refuses the others too.
    if (octet > 1) {
      throw new ConnectError(
        `protocol error: invalid message flags 0x${octet.toString(16)}`,
        Code.Internal,
      );
    }
    this.compressed = octet === 1;
    this.#length = 0;
  }

  #complete(message: Uint8Array): Uint8Array {
    this.#prefix = 0;
    this.#part = null;
    this.#filled = 0;
    return message;
  }

  #gather(): Uint8Array | null {
    const queue = this.#queue;
    while (queue.length > 0 && this.#filled < this.#length) {
      const want = Math.min(queue.length, this.#length - this.#filled);
      this.#reserve(this.#filled + want);
      const chunk = queue.first();
      const took = Math.min(want, chunk.length - queue.offset);
      this.#part!.set(chunk.subarray(queue.offset, queue.offset + took), this.#filled);
      this.#filled += took;
      this.#skip(took);
    }
    if (this.#filled < this.#length) return null;
    return this.#complete(this.#part!);
  }

  #reserve(size: number): void {
    const part = this.#part;
    if (part !== null && part.length >= size) return;
    const room = Math.min(
      this.#length,
      Math.max(size, FIRST_PART, part === null ? 0 : part.length * 2),
    );
    const bigger = new Uint8Array(room);
    if (part !== null) bigger.set(part.subarray(0, this.#filled));
    this.#part = bigger;
  }
}
