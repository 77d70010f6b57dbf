import { Code, ConnectError } from "@connectrpc/connect";
import type { MessageEncoding } from "./compression.ts";
import { Deframer } from "./deframer.ts";
import { mayWork, whenTurned, worked } from "./work_budget.ts";

/** The part of a stream that a reader needs: where octets are given back to the window. */
export interface WindowOwner {
  /** Gives back receive window. */
  consume(octets: number): void;
}

/**
 * The messages that one end of a call receives. What arrives waits undecoded until it is asked for,
 * and only then are its octets given back to the window: a reader that stops holds back the sender.
 */
export class MessageReader {
  /** How messages with the compressed flag are read; set it when the header section has come. */
  encoding: MessageEncoding | null = null;
  readonly #owner: WindowOwner;
  readonly #limit: number;
  readonly #deframer: Deframer;
  readonly #paced: boolean;
  #resting = false;
  #ended = false;
  #discarding = false;
  #error: ConnectError | null = null;
  #waiter: PromiseWithResolvers<Uint8Array | null> | null = null;
  #onReadable: (() => void) | null = null;

  /**
   * @param limit the largest message taken, in bytes, compressed and decompressed
   * @param paced lets the event loop turn after some work: then `poll` may say `undefined` though a
   * message is there, and who waits is told later
   */
  constructor(owner: WindowOwner, limit: number, paced = false) {
    this.#paced = paced;
    this.#owner = owner;
    this.#limit = limit;
    this.#deframer = new Deframer(limit);
  }

  /** Whether bytes wait that {@linkcode MessageReader.poll} has not taken: a message or a part of one. */
  get pending(): boolean {
    return this.#deframer.pending;
  }

  /** Adds payload, as `StreamHandler.onData` gives it. */
  push(data: Uint8Array): void {
    if (this.#discarding || this.#error !== null) {
      this.#owner.consume(data.length);
      return;
    }
    this.#deframer.push(data);
    this.#wake();
    this.#deframer.settle();
  }

  /** The peer has half-closed: after what waits there is nothing more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake();
  }

  /** The call is over: who waits or asks from now on gets `error`. What waits is dropped. */
  fail(error: ConnectError): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#drop();
    this.#wake();
  }

  /** Nobody is to get more: drops what waits and what comes; who waits gets the end. */
  discard(): void {
    if (this.#discarding) return;
    this.#discarding = true;
    this.#drop();
    this.#wake();
  }

  /**
   * The next message, decompressed; `null` after the last one; `undefined` if none is there yet.
   *
   * @throws {ConnectError} when the call has failed or the peer broke the protocol
   */
  poll(): Uint8Array | null | undefined {
    if (this.#error !== null) throw this.#error;
    if (this.#discarding) return null;
    if (this.#paced && !mayWork()) {
      this.#rest();
      return undefined;
    }
    let message: Uint8Array | null;
    try {
      message = this.#deframer.next();
      if (message !== null && this.#deframer.compressed) message = this.#decompress(message);
    } catch (error) {
      this.fail(ConnectError.from(error, Code.Internal));
      throw error;
    }
    const credit = this.#deframer.takeCredit();
    if (credit > 0) this.#owner.consume(credit);
    if (message !== null) {
      worked(this.#deframer.compressed ? message.length : 0);
      return message;
    }
    if (!this.#ended) return undefined;
    if (!this.#deframer.pending) return null;
    const error = new ConnectError("protocol error: incomplete message", Code.Internal);
    this.fail(error);
    throw error;
  }

  /** The next message, or `null` after the last one. One call at a time; see {@linkcode MessageReader.poll}. */
  receive(): Promise<Uint8Array | null> {
    try {
      const message = this.poll();
      if (message !== undefined) return Promise.resolve(message);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#waiter !== null || this.#onReadable !== null) {
      return Promise.reject(
        new ConnectError("Cannot receive: another receive is waiting", Code.Internal),
      );
    }
    this.#waiter = Promise.withResolvers();
    // A promise that nobody looks at any more must not end the process when the peer cancels.
    this.#waiter.promise.catch(ignore);
    return this.#waiter.promise;
  }

  /**
   * Calls `callback` once, when something came: then {@linkcode MessageReader.poll} may say something
   * else than `undefined` (or ask again). What the callback throws fails this reader.
   */
  whenReadable(callback: () => void): void {
    this.#onReadable = callback;
  }

  #wake(): void {
    if (this.#waiter !== null) {
      const waiter = this.#waiter;
      try {
        const message = this.poll();
        if (message === undefined) return;
        this.#waiter = null;
        waiter.resolve(message);
      } catch (error) {
        this.#waiter = null;
        waiter.reject(error);
      }
    } else if (this.#onReadable !== null) {
      const callback = this.#onReadable;
      this.#onReadable = null;
      try {
        callback();
      } catch (error) {
        this.fail(ConnectError.from(error, Code.Internal));
      }
    }
  }

  /** Wakes who waits in the next turn. */
  #rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    whenTurned(() => {
      this.#resting = false;
      this.#wake();
    });
  }

  #drop(): void {
    const rest = this.#deframer.clear();
    if (rest > 0) this.#owner.consume(rest);
  }

  #decompress(message: Uint8Array): Uint8Array {
    if (this.encoding === null) {
      throw new ConnectError(
        "protocol error: received a compressed message without grpc-encoding",
        Code.Internal,
      );
    }
    return this.encoding.decompress(message, this.#limit);
  }
}

function ignore(): void {}
