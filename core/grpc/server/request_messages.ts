import type { Codec } from "../protocol/codec.ts";
import type { MessageReader } from "../protocol/message_reader.ts";
import type { AnyMessage } from "./method.ts";

/**
 * The requests of a streaming call, decoded as the handler asks for them. Asking throws when the
 * call was cancelled or timed out. A handler that stops iterating drops the rest.
 */
export class RequestMessages implements AsyncIterableIterator<AnyMessage> {
  readonly #reader: MessageReader;
  readonly #codec: Codec;

  /** The messages of `reader`. */
  constructor(reader: MessageReader, codec: Codec) {
    this.#reader = reader;
    this.#codec = codec;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<AnyMessage> {
    return this;
  }

  next(): Promise<IteratorResult<AnyMessage>> {
    try {
      const bytes = this.#reader.poll();
      if (bytes !== undefined) return Promise.resolve(this.#result(bytes));
    } catch (error) {
      return Promise.reject(error);
    }
    const result = this.#reader.receive().then((bytes) => this.#result(bytes));
    // Whoever lets go of it must not end the process when the peer cancels.
    result.catch(ignore);
    return result;
  }

  return(): Promise<IteratorResult<AnyMessage>> {
    this.#reader.discard();
    return Promise.resolve(DONE);
  }

  #result(bytes: Uint8Array | null): IteratorResult<AnyMessage> {
    return bytes === null ? DONE : { done: false, value: this.#codec.parse(bytes) };
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

function ignore(): void {}
