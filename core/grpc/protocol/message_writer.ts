import { Code, ConnectError } from "@connectrpc/connect";
import type { MessageEncoding } from "./compression.ts";
import { PREFIX_LENGTH } from "./deframer.ts";

/** The part of a stream that takes messages. */
export interface PayloadSink {
  /** As `Http2Stream.sendData`. */
  sendData(head: Uint8Array | null, body: Uint8Array | null, endStream: boolean): boolean;
}

/** Messages shorter than this, in bytes, are not worth compressing (Connect's `compressMinBytes`). */
export const COMPRESS_MIN_BYTES = 1024;

/**
 * A body up to this length, in bytes, is copied behind its prefix: cheaper than to keep it, with the
 * buffer that it lies in, while it waits.
 */
const COPY_MAX_BYTES = 512;

/** The prefix and what else is copied; big enough for the heads that are in use. */
const SCRATCH = new Uint8Array(1024);

/**
 * Sends one message of `head` (copied) and `body` (kept; it must not change any more).
 *
 * @param limit the largest message sent, in bytes
 * @param encoding compresses messages of {@linkcode COMPRESS_MIN_BYTES} and more
 * @returns whether there is room for more, as `Http2Stream.sendData`
 * @throws {ConnectError} `Code.ResourceExhausted` for a message over the limit; nothing is sent
 */
export function sendMessage(
  sink: PayloadSink,
  head: Uint8Array | null,
  body: Uint8Array | null,
  limit: number,
  encoding: MessageEncoding | null = null,
  endStream = false,
): boolean {
  const headLength = head === null ? 0 : head.length;
  const length = headLength + (body === null ? 0 : body.length);
  if (length > limit) {
    throw new ConnectError(
      `Sent message larger than max (${length} vs. ${limit})`,
      Code.ResourceExhausted,
    );
  }
  if (encoding !== null && length >= COMPRESS_MIN_BYTES) {
    const message = encoding.compress(join(head, body, length));
    return sink.sendData(prefix(1, message.length), message, endStream);
  }
  if (length <= COPY_MAX_BYTES) {
    putPrefix(SCRATCH, 0, length);
    if (headLength > 0) SCRATCH.set(head!, PREFIX_LENGTH);
    if (body !== null) SCRATCH.set(body, PREFIX_LENGTH + headLength);
    return sink.sendData(SCRATCH.subarray(0, PREFIX_LENGTH + length), null, endStream);
  }
  if (headLength === 0) return sink.sendData(prefix(0, length), body, endStream);
  const size = PREFIX_LENGTH + headLength;
  const scratch = size <= SCRATCH.length ? SCRATCH : new Uint8Array(size);
  putPrefix(scratch, 0, length);
  scratch.set(head!, PREFIX_LENGTH);
  return sink.sendData(scratch.subarray(0, size), body, endStream);
}

const PREFIX = SCRATCH.subarray(0, PREFIX_LENGTH);

function prefix(flags: number, length: number): Uint8Array {
  putPrefix(SCRATCH, flags, length);
  return PREFIX;
}

function putPrefix(target: Uint8Array, flags: number, length: number): void {
  target[0] = flags;
  target[1] = length >>> 24;
  target[2] = length >>> 16;
  target[3] = length >>> 8;
  target[4] = length;
}

function join(head: Uint8Array | null, body: Uint8Array | null, length: number): Uint8Array {
  if (head === null || head.length === 0) return body ?? new Uint8Array(0);
  const bytes = new Uint8Array(length);
  bytes.set(head);
  if (body !== null) bytes.set(body, head.length);
  return bytes;
}
