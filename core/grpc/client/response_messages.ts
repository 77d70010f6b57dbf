import { Code, ConnectError } from "@connectrpc/connect";
import type { StreamCall } from "./stream_call.ts";

/** The messages of a streaming response. What has come is handed out without waiting for anything. */
export class ResponseMessages<T> implements AsyncIterableIterator<T> {
  readonly #call: StreamCall;
  readonly #parse: (bytes: Uint8Array) => T;
  readonly #trailer: Headers;
  #waiting: PromiseWithResolvers<IteratorResult<T>> | null = null;
  #done = false;

  /** @param trailer gets the call's trailers before the end is reported */
  constructor(call: StreamCall, parse: (bytes: Uint8Array) => T, trailer: Headers) {
    this.#call = call;
    this.#parse = parse;
    this.#trailer = trailer;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting !== null) return this.#waiting.promise.then(() => this.next());
    try {
      const result = this.#take();
      if (result !== undefined) return Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#waiting = Promise.withResolvers();
    const { promise } = this.#waiting;
    this.#call.whenReadable(this.#wake);
    return promise;
  }

  /** Gives up on the rest: cancels the call. */
  return(): Promise<IteratorResult<T>> {
    if (!this.#done) {
      this.#done = true;
      this.#call.cancel(new ConnectError("response was given up", Code.Canceled));
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  readonly #wake = (): void => {
    const waiting = this.#waiting!;
    try {
      const result = this.#take();
      if (result === undefined) return this.#call.whenReadable(this.#wake);
      this.#waiting = null;
      waiting.resolve(result);
    } catch (error) {
      this.#waiting = null;
      waiting.reject(error);
    }
  };

  /** The next message or the end; `undefined` if neither is there. */
  #take(): IteratorResult<T> | undefined {
    if (this.#done) return { done: true, value: undefined };
    const bytes = this.#call.poll();
    if (bytes === undefined) return undefined;
    if (bytes !== null) return { done: false, value: this.#parsed(bytes) };
    this.#done = true;
    this.#call.trailer.forEach((value, name) => this.#trailer.append(name, value));
    return { done: true, value: undefined };
  }

  #parsed(bytes: Uint8Array): T {
    try {
      return this.#parse(bytes);
    } catch (error) {
      this.#call.fail(ConnectError.from(error, Code.Internal));
      throw error;
    }
  }
}
