import type { PresignedRequest } from "./presigned.ts";
import { connectPresigned } from "./presigned_connect.ts";
import type { PresignedDeadline } from "./presigned_deadline.ts";
import type { HttpExchange, ResponseHead } from "./presigned_exchange.ts";
import type { Resource } from "./resource.ts";
import { UploadSpool } from "./presigned_spool.ts";

/** Statuses of servers that want to know the length first (RFC 9110 §15.5.12; S3 says 501 as well). */
const WANT_LENGTH: ReadonlySet<number> = new Set([411, 501]);

/**
 * The body of a PUT, on a connection whose head was sent.
 *
 * States: streaming → done, in chunks as they come. A server that refuses chunks does so early, mostly; what was sent
 * until then is still known: streaming → spooling → done, where the bytes are gathered and sent once their count is known.
 */
export class PresignedUpload implements Resource {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly size = undefined;
  readonly #request: PresignedRequest;
  readonly #deadline: PresignedDeadline;
  readonly #spool = new UploadSpool();
  #exchange: HttpExchange;
  #state: "streaming" | "spooling" | "done" = "streaming";
  #refusal: Error | undefined;
  #controller: WritableStreamDefaultController | undefined;
  #answered: Promise<void> = Promise.resolve();

  /** @param early the response, if the server answered before the body */
  constructor(
    request: PresignedRequest,
    exchange: HttpExchange,
    early: ResponseHead | undefined,
    deadline: PresignedDeadline,
  ) {
    this.#request = request;
    this.#exchange = exchange;
    this.#deadline = deadline;
    this.readable = new ReadableStream({ start: (controller) => controller.close() });
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      abort: () => this.#end(),
    });
    if (early !== undefined && wantsLength(early)) this.#spoolOn();
    else this.#watch();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }

  /** Listens for an answer while the body is sent. */
  #watch(): void {
    this.#answered = this.#exchange.head().then((head) => {
      if (isSuccess(head)) return;
      if (wantsLength(head) && this.#spool.isWhole) return this.#spoolOn();
      this.#refusal = this.#deadline.refused(head.status, head.reason);
      this.#fail(this.#refusal);
    }, (error) => this.#fail(this.#deadline.interrupted(error)));
  }

  #spoolOn(): void {
    this.#state = "spooling";
    // A write that is under way waits for a server that reads no more.
    this.#exchange.close();
  }

  async #write(chunk: Uint8Array): Promise<void> {
    try {
      if (this.#state === "spooling") return await this.#spool.add(chunk);
      this.#spool.remember(chunk);
      await this.#exchange.sendChunk(chunk);
    } catch (error) {
      // What could not be sent is remembered: it goes with the rest.
      if (!await this.#isSpooling()) throw await this.#reason(error);
    }
  }

  async #close(): Promise<void> {
    try {
      if (this.#state === "streaming") await this.#finishChunks();
      if (this.#state === "spooling") await this.#sendSpool();
    } catch (error) {
      throw await this.#reason(error);
    }
    const refusal = this.#refusal;
    await this.#end();
    if (refusal !== undefined) throw refusal;
  }

  async #finishChunks(): Promise<void> {
    try {
      await this.#exchange.sendEnd();
      await this.#exchange.head();
      await this.#answered;
    } catch (error) {
      if (!await this.#isSpooling()) throw error;
    }
  }

  /** Sends what was gathered, with its length. */
  async #sendSpool(): Promise<void> {
    const { bytes } = this.#spool;
    const { exchange, head } = await connectPresigned(this.#request, this.#deadline, bytes);
    this.#exchange = exchange;
    if (head === undefined) await this.#spool.send((chunk) => exchange.sendPlain(chunk));
    const { status, reason } = head ?? await exchange.head();
    if (!isSuccess({ status })) throw this.#deadline.refused(status, reason);
  }

  async #isSpooling(): Promise<boolean> {
    await this.#settle();
    return this.#state === "spooling";
  }

  /** The server's own words tell more than a broken pipe does, if it has said any. */
  async #reason(error: unknown): Promise<unknown> {
    await this.#settle();
    const refusal = this.#refusal;
    await this.#end();
    return refusal ?? this.#deadline.interrupted(error);
  }

  /** Waits for an answer that has come already. */
  async #settle(): Promise<void> {
    if (this.#refusal !== undefined || this.#deadline.signal.aborted) return;
    const turn = Promise.withResolvers<void>();
    const timer = setTimeout(turn.resolve, 0);
    await Promise.race([this.#answered, turn.promise]);
    clearTimeout(timer);
  }

  #fail(error: unknown): void {
    if (this.#state === "streaming") this.#controller?.error(error);
  }

  async #end(): Promise<void> {
    this.#state = "done";
    this.#deadline.end();
    this.#exchange.close();
    await this.#spool.remove();
  }
}

/** Whether a response means that all went well. */
export function isSuccess({ status }: Pick<ResponseHead, "status">): boolean {
  return status >= 200 && status < 300;
}

/** Whether a server refuses a body whose length it does not know. */
export function wantsLength({ status }: Pick<ResponseHead, "status">): boolean {
  return WANT_LENGTH.has(status);
}
