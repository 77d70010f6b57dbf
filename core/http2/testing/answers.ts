import type { Http2Stream, StreamHandler } from "../api.ts";
import { type FieldList, fieldValue } from "../fields.ts";

/** The plain good answer. */
export const OK: FieldList = Object.freeze([[":status", "200"] as const]);

/** For `serveHttp2`: sends back the body as it comes, then the request's trailers; reads no faster than it may send. */
export function echo(stream: Http2Stream, _fields: FieldList, endStream: boolean): StreamHandler {
  let held = 0;
  stream.sendHeaders(OK, endStream);
  const release = () => {
    const octets = held;
    held = 0;
    stream.consume(octets);
  };
  return {
    onData(data: Uint8Array, end: boolean): void {
      held += data.length;
      if (stream.sendData(null, data, end)) release();
    },
    onTrailers: (trailers) => stream.sendTrailers(trailers),
    onWritable: release,
    onClose() {},
  };
}

/** For `serveHttp2`: answers 200 with nothing once the request has ended. */
export function answerAtEnd(
  stream: Http2Stream,
  _fields: FieldList,
  endStream: boolean,
): StreamHandler {
  if (endStream) stream.sendHeaders(OK, true);
  return {
    onData(data: Uint8Array, end: boolean): void {
      stream.consume(data.length);
      if (end) stream.sendHeaders(OK, true);
    },
    onTrailers: () => stream.sendHeaders(OK, true),
    onClose() {},
  };
}

/** For `serveHttp2`: takes requests and says nothing, and gives no window back. */
export function silent(): StreamHandler {
  return { onData() {}, onClose() {} };
}

/** For `serveHttp2`: answers with the header section at once, and leaves the response open. */
export function answerOpen(stream: Http2Stream): StreamHandler {
  stream.sendHeaders(OK);
  return { onData: (data) => stream.consume(data.length), onClose() {} };
}

/** For `serveHttp2`: `/N` gets N octets, written as fast as the stream takes them. */
export function source(stream: Http2Stream, fields: FieldList): StreamHandler {
  let left = Number(fieldValue(fields, ":path")!.slice(1));
  const chunk = new Uint8Array(Math.min(left, 65_536));
  const write = () => {
    let room = true;
    while (room && left > 0) {
      const length = Math.min(left, chunk.length);
      left -= length;
      room = stream.sendData(null, chunk.subarray(0, length), left === 0);
    }
  };
  stream.sendHeaders(OK, left === 0);
  write();
  return {
    onData: (data) => stream.consume(data.length),
    onWritable: write,
    onClose: () => void (left = 0),
  };
}
