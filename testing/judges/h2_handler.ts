/**
 * What the HTTP/2 server that is judged does with a request:
 *
 * | request | response |
 * |---|---|
 * | `/echo`, any method | the request's body as it comes, then the request's trailers |
 * | `GET /bytes/N` | N bytes of {@linkcode patternBytes} |
 * | `GET /trailers` | a body, then the trailer `x-trailer: last` |
 * | `GET /early` | status 103 with a `link`, then as `/` |
 * | any of them with `expect: 100-continue` | status 100 first |
 * | anything else | a short text, once the request has ended |
 */
import {
  type FieldList,
  fieldValue,
  type Http2Error,
  type Http2Stream,
  type StreamHandler,
} from "@jumpstarter/core/http2";

const OK: FieldList = Object.freeze([[":status", "200"], ["content-type", "text/plain"]] as const);
const EARLY: FieldList = [[":status", "103"], ["link", "</style.css>; rel=preload"]];
const CONTINUE: FieldList = [[":status", "100"]];
const TRAILERS: FieldList = [["x-trailer", "last"]];
const GREETING = new TextEncoder().encode("The quick brown fox jumps over the lazy dog.\n");
const NOTHING = new Uint8Array(0);

/** Length of the pattern that big bodies repeat, in bytes. */
export const PATTERN_BYTES = 64 << 10;
const PATTERN = Uint8Array.from({ length: PATTERN_BYTES }, (_, i) => (i * 31) ^ (i >> 8));

/** The first `length` bytes of the body of `/bytes/N`. */
export function patternBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += PATTERN_BYTES) {
    bytes.set(PATTERN.subarray(0, Math.min(PATTERN_BYTES, length - at)), at);
  }
  return bytes;
}

/** For `serveHttp2`: picks the handler of a request. */
export function handleStream(
  stream: Http2Stream,
  fields: FieldList,
  endStream: boolean,
): StreamHandler {
  const path = fieldValue(fields, ":path") ?? "/";
  if (fieldValue(fields, "expect") === "100-continue") stream.sendInformational(CONTINUE);
  if (path === "/echo") return new Echo(stream, endStream);
  const bytes = /^\/bytes\/(\d{1,10})$/.exec(path);
  if (bytes !== null) return new Source(stream, Number(bytes[1]));
  if (path === "/early") stream.sendInformational(EARLY);
  return new Greeting(stream, path === "/trailers", endStream);
}

/** Answers when the request has ended; what it carries is dropped. */
class Greeting implements StreamHandler {
  constructor(readonly stream: Http2Stream, readonly trailers: boolean, endStream: boolean) {
    if (endStream) this.#answer();
  }
  onData(data: Uint8Array, endStream: boolean): void {
    this.stream.consume(data.length);
    if (endStream) this.#answer();
  }
  onTrailers(): void {
    this.#answer();
  }
  onClose(_error: Http2Error | null): void {}

  #answer(): void {
    this.stream.sendHeaders(OK);
    this.stream.sendData(NOTHING, GREETING, !this.trailers);
    if (this.trailers) this.stream.sendTrailers(TRAILERS);
  }
}

/** Sends back what it gets; gives back the window of it once it has room for it. */
class Echo implements StreamHandler {
  #held = 0;
  #answered = false;

  constructor(readonly stream: Http2Stream, endStream: boolean) {
    if (endStream) stream.sendHeaders(OK, true);
  }
  onData(data: Uint8Array, endStream: boolean): void {
    // Not before: nghttp that waits for status 100 does not send a body after a final status.
    if (!this.#answered) this.stream.sendHeaders(OK);
    this.#answered = true;
    this.#held += data.length;
    if (this.stream.sendData(NOTHING, data, endStream)) this.onWritable();
  }
  onTrailers(fields: FieldList): void {
    if (!this.#answered) this.stream.sendHeaders(OK);
    this.stream.sendTrailers(fields);
  }
  onWritable(): void {
    const held = this.#held;
    this.#held = 0;
    this.stream.consume(held);
  }
  onClose(_error: Http2Error | null): void {}
}

/** Sends as much of the pattern as was asked for. */
class Source implements StreamHandler {
  constructor(readonly stream: Http2Stream, public left: number) {
    stream.sendHeaders(OK, left === 0);
    this.onWritable();
  }
  onData(data: Uint8Array): void {
    this.stream.consume(data.length);
  }
  onWritable(): void {
    let room = true;
    while (room && this.left > 0) {
      const length = Math.min(this.left, PATTERN_BYTES);
      this.left -= length;
      room = this.stream.sendData(NOTHING, PATTERN.subarray(0, length), this.left === 0);
    }
  }
  onClose(_error: Http2Error | null): void {
    this.left = 0;
  }
}
