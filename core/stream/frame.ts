import { FrameType } from "./frame_type.ts";
import { MessageReader, WireType } from "./message_reader.ts";

/**
 * The most that one StreamRequest or StreamResponse may take in all, in bytes: grpc-core and grpc-go
 * refuse more by default, and upstream raises the limit nowhere (core-spec §2.1).
 */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** The most payload that upstream peers put into one frame, in bytes (core-spec §2.1). */
export const CHUNK_BYTES = 64 * 1024;

/** The most bytes that stand before a payload: its tag and its length. */
export const MAX_FRAME_HEAD_BYTES = 5;

/** One StreamRequest or StreamResponse of `jumpstarter.v1.RouterService`. */
export interface Frame {
  /** What it is: one of {@linkcode FrameType}, or a number that only the peer knows. */
  type: FrameType;
  /** Bytes of the stream: a view into the message, not a copy. */
  payload: Uint8Array;
}

// Field numbers of StreamRequest and StreamResponse (core-spec §1.6), with their wire types.
const PAYLOAD_FIELD = 1;
const TYPE_FIELD = 2;
const PAYLOAD_TAG = PAYLOAD_FIELD << 3 | WireType.LengthDelimited;
const TYPE_TAG = TYPE_FIELD << 3 | WireType.Varint;

const NO_BYTES = new Uint8Array(0);
const scratch = new Uint8Array(MAX_FRAME_HEAD_BYTES);
const heads = Array.from({ length: MAX_FRAME_HEAD_BYTES + 1 }, (_, n) => scratch.subarray(0, n));

/**
 * The bytes of a DATA message that stand before its payload, so that the payload need not be copied.
 *
 * The result is overwritten by the next call: copy it or send it at once.
 *
 * @param payloadBytes 1 to {@linkcode MAX_FRAME_BYTES} less {@linkcode MAX_FRAME_HEAD_BYTES}.
 */
export function dataFrameHead(payloadBytes: number): Uint8Array {
  let at = 0;
  scratch[at++] = PAYLOAD_TAG;
  while (payloadBytes > 0x7f) {
    scratch[at++] = payloadBytes & 0x7f | 0x80;
    payloadBytes >>>= 7;
  }
  scratch[at++] = payloadBytes;
  return heads[at];
}

/**
 * A whole message: what a `StreamRequest` with this type (0 to 127) and payload is on the wire.
 *
 * @throws {RangeError} if it would be longer than {@linkcode MAX_FRAME_BYTES}.
 */
export function encodeFrame(type: FrameType, payload: Uint8Array = NO_BYTES): Uint8Array {
  const head = payload.length === 0 ? NO_BYTES : dataFrameHead(payload.length);
  const tail = type === FrameType.DATA ? NO_BYTES : Uint8Array.of(TYPE_TAG, type);
  const bytes = head.length + payload.length + tail.length;
  if (bytes > MAX_FRAME_BYTES) {
    throw new RangeError(
      `Cannot encode router frame: longest message is ${MAX_FRAME_BYTES} bytes: current value is ${bytes}`,
    );
  }
  const message = new Uint8Array(bytes);
  message.set(head);
  message.set(payload, head.length);
  message.set(tail, head.length + payload.length);
  return message;
}

/**
 * Reads one message. Fields may come in any order, the last of a kind counts, unknown ones are skipped,
 * and so is a known one of the wrong wire type (protobuf encoding guide, "Updating a message type").
 *
 * @param message the bytes of one StreamRequest or StreamResponse.
 * @param into is filled and returned; without it a new object is made.
 * @throws {FrameError} if the bytes are no such message, or more than {@linkcode MAX_FRAME_BYTES}.
 */
export function decodeFrame(
  message: Uint8Array,
  into: Frame = { type: FrameType.DATA, payload: NO_BYTES },
): Frame {
  const end = message.length;
  if (end > MAX_FRAME_BYTES) {
    throw new FrameError(`longest message is ${MAX_FRAME_BYTES} bytes: current value is ${end}`);
  }
  into.type = FrameType.DATA;
  into.payload = NO_BYTES;
  if (message[0] === PAYLOAD_TAG) {
    // Nearly every message is a payload and nothing else.
    let at = 1;
    let length = 0;
    let shift = 0;
    let byte;
    do {
      byte = message[at++];
      length |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte > 0x7f && shift < 28);
    if (byte < 0x80 && at + length === end) {
      into.payload = message.subarray(at);
      return into;
    }
  }
  try {
    decodeFields(message, into);
  } catch (error) {
    throw new FrameError((error as Error).message);
  }
  return into;
}

function decodeFields(message: Uint8Array, into: Frame): void {
  const reader = new MessageReader(message);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === PAYLOAD_TAG) into.payload = reader.bytes();
    else if (tag === TYPE_TAG) into.type = reader.varint32() | 0;
    else reader.skip(tag);
  }
}

/** Bytes that are no router frame. */
export class FrameError extends Error {
  override name = "FrameError";

  /** Makes the error; `reason` says what is wrong and where. */
  constructor(reason: string) {
    super(`Cannot decode router frame: ${reason}`);
  }
}
