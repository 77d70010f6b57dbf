import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerResponse } from "@connectrpc/connect/protocol";
import {
  ErrorCode,
  type Field,
  type Http2Error,
  type Http2Stream,
  type StreamHandler,
} from "../../http2/mod.ts";
import { ChunkQueue } from "../protocol/chunk_queue.ts";
import { type RequestHead, requestUrl } from "./request_head.ts";
import { statusResponse } from "./plain_response.ts";

/** Serves a request over HTTP/2 with one of Connect's universal handlers: Connect or gRPC-Web. */
export class UniversalCall implements StreamHandler {
  readonly #stream: Http2Stream;
  readonly #queue = new ChunkQueue();
  readonly #controller = new AbortController();
  readonly #report: (error: unknown) => void;
  #requestEnded = false;
  #over = false;
  #reading: PromiseWithResolvers<void> | undefined;
  #writable: PromiseWithResolvers<void> | undefined;

  /** A call on `stream`; see {@linkcode UniversalCall.open}. */
  constructor(stream: Http2Stream, report: (error: unknown) => void) {
    this.#stream = stream;
    this.#report = report;
  }

  /** Runs the handler and sends what it answers. */
  open(handler: UniversalHandler, head: RequestHead, endStream: boolean): void {
    this.#requestEnded = endStream;
    this.#run(handler, head).catch((error) => {
      this.#report(error);
      if (!this.#over) this.#stream.reset(ErrorCode.INTERNAL_ERROR);
    });
  }

  onData(data: Uint8Array, endStream: boolean): void {
    this.#requestEnded ||= endStream;
    if (this.#over) {
      this.#stream.consume(data.length);
      if (!endStream) this.#leave();
      return;
    }
    this.#queue.push(data);
    this.#queue.settle();
    this.#wakeReader();
  }

  onTrailers(): void {
    this.onData(new Uint8Array(0), true);
  }

  onWritable(): void {
    const waiting = this.#writable;
    this.#writable = undefined;
    waiting?.resolve();
  }

  onClose(error: Http2Error | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#requestEnded = true;
    this.#controller.abort(
      new ConnectError("the client cancelled the call", Code.Canceled, undefined, undefined, error),
    );
    this.#wakeReader();
    this.onWritable();
  }

  async #run(handler: UniversalHandler, head: RequestHead): Promise<void> {
    const response = await handler({
      httpVersion: "2",
      method: head.method,
      url: requestUrl(head),
      header: allHeaders(head),
      body: this.#body(),
      signal: this.#controller.signal,
    });
    if (this.#over) return await stop(response.body);
    if (response.body === undefined) {
      this.#stream.sendHeaders(
        statusResponse(response.status, ...fieldsOf(response.header)),
        true,
      );
    } else if (handler.method.methodKind === "unary") {
      await this.#sendWhole(response, response.body);
    } else {
      await this.#send(response, response.body);
    }
    this.#finish();
  }

  /** Head and body go out in one turn: a client whose deadline comes between them would see half an answer. */
  async #sendWhole(
    response: UniversalServerResponse,
    body: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    if (this.#over) return;
    this.#sendHead(response);
    for (const chunk of chunks) this.#stream.sendData(null, chunk, false);
    this.#sendEnd(response);
  }

  async #send(response: UniversalServerResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
    this.#sendHead(response);
    for await (const chunk of body) {
      if (this.#over) return;
      if (!this.#stream.sendData(null, chunk, false)) {
        this.#writable = Promise.withResolvers();
        await this.#writable.promise;
        if (this.#over) return;
      }
    }
    this.#sendEnd(response);
  }

  #sendHead({ status, header }: UniversalServerResponse): void {
    this.#stream.sendHeaders([[":status", String(status)], ...fieldsOf(header)]);
  }

  #sendEnd({ trailer }: UniversalServerResponse): void {
    const trailers = fieldsOf(trailer);
    if (trailers.length > 0) this.#stream.sendTrailers(trailers);
    else this.#stream.sendData(null, null, true);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    const rest = this.#queue.length;
    this.#queue.clear();
    this.#stream.consume(rest);
    if (!this.#requestEnded) this.#leave();
  }

  /** The response is complete, the rest of the request is not wanted (RFC 9113 §8.1). */
  #leave(): void {
    if (this.#stream.bufferedBytes === 0) this.#stream.reset(ErrorCode.NO_ERROR);
  }

  async *#body(): AsyncIterable<Uint8Array> {
    const queue = this.#queue;
    for (;;) {
      this.#controller.signal.throwIfAborted();
      if (queue.length > 0) {
        const chunk = queue.first();
        const rest = queue.offset === 0 ? chunk : chunk.subarray(queue.offset);
        queue.skip(rest.length);
        this.#stream.consume(rest.length);
        yield rest;
      } else if (this.#requestEnded) {
        return;
      } else {
        this.#reading = Promise.withResolvers();
        await this.#reading.promise;
      }
    }
  }

  #wakeReader(): void {
    const waiting = this.#reading;
    this.#reading = undefined;
    waiting?.resolve();
  }
}

/** All of the request's fields but the pseudo ones; Connect reads its protocol's among them. */
function allHeaders(head: RequestHead): Headers {
  const headers = new Headers();
  for (const [name, value] of head.fields) {
    if (name.charCodeAt(0) === 0x3a) continue;
    try {
      headers.append(name, value);
    } catch {
      // Legal in HTTP/2 but not in Fetch: no handler could read it.
    }
  }
  return headers;
}

/** Header fields of HTTP/1.1 connections, which HTTP/2 forbids (RFC 9113 §8.2.2). */
const FORBIDDEN = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "proxy-connection",
]);

function fieldsOf(headers: Headers | undefined): Field[] {
  const fields: Field[] = [];
  headers?.forEach((value, name) => {
    if (!FORBIDDEN.has(name)) fields.push([name, value]);
  });
  return fields;
}

/** Ends an iterable that nobody will read. */
async function stop(body: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  await body?.[Symbol.asyncIterator]().return?.();
}
