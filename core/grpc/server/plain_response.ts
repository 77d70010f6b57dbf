import type { FieldList, Http2Stream, StreamHandler } from "../../http2/mod.ts";
import { ErrorCode } from "../../http2/mod.ts";

/** Answers a request that no handler will see with a complete header section. */
export function respondAtOnce(
  stream: Http2Stream,
  fields: FieldList,
  requestEnded: boolean,
): StreamHandler {
  stream.sendHeaders(fields, true);
  // The rest of the request is not wanted (RFC 9113 §8.1).
  if (!requestEnded) stream.reset(ErrorCode.NO_ERROR);
  return IGNORE;
}

const IGNORE: StreamHandler = {
  onData(): void {},
  onClose(): void {},
};

/** A response of only a status. */
export function statusResponse(status: number, ...more: FieldList): FieldList {
  return [[":status", String(status)], ["content-length", "0"], ...more];
}
