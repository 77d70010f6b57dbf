import type { FieldList } from "../fields.ts";
import {
  CLIENT_PREFACE,
  Flag,
  FRAME_HEADER_SIZE,
  FrameType,
  putFrameHeader,
  putUint32,
} from "../frames.ts";

const NOTHING = new Uint8Array(0);

/** A frame, right or wrong; `length` may lie about the payload. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = NOTHING,
  length: number = payload.length,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(FRAME_HEADER_SIZE + payload.length);
  putFrameHeader(out, 0, length, type, flags, streamId);
  out.set(payload, FRAME_HEADER_SIZE);
  return out;
}

/** All of it in one piece. */
export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** 32 bits in network order. */
export function uint32(value: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(4);
  putUint32(out, 0, value);
  return out;
}

/** SETTINGS with pairs of identifier and value. */
export function settingsFrame(...pairs: readonly (readonly [number, number])[]): Uint8Array {
  const parts = pairs.map(([id, value]) => join(Uint8Array.of(id >>> 8, id), uint32(value)));
  return frame(FrameType.SETTINGS, 0, 0, join(...parts));
}

/** The acknowledgement of SETTINGS. */
export const SETTINGS_ACK: Uint8Array = frame(FrameType.SETTINGS, Flag.ACK, 0);

/** What a client begins with: preface, and SETTINGS with these pairs. */
export function clientHello(...pairs: readonly (readonly [number, number])[]): Uint8Array {
  return join(CLIENT_PREFACE, settingsFrame(...pairs));
}

/** PING. */
export function pingFrame(data: Uint8Array = new Uint8Array(8), flags = 0): Uint8Array {
  return frame(FrameType.PING, flags, 0, data);
}

/** RST_STREAM. */
export function resetFrame(streamId: number, code: number): Uint8Array {
  return frame(FrameType.RST_STREAM, 0, streamId, uint32(code));
}

/** WINDOW_UPDATE. */
export function windowUpdateFrame(streamId: number, increment: number): Uint8Array {
  return frame(FrameType.WINDOW_UPDATE, 0, streamId, uint32(increment));
}

/** GOAWAY. */
export function goawayFrame(lastStreamId: number, code: number, debug = ""): Uint8Array {
  const text = new TextEncoder().encode(debug);
  return frame(FrameType.GOAWAY, 0, 0, join(uint32(lastStreamId), uint32(code), text));
}

/** PRIORITY (RFC 9113 §5.3.2). */
export function priorityFrame(streamId: number, dependsOn: number, weight = 15): Uint8Array {
  return frame(FrameType.PRIORITY, 0, streamId, join(uint32(dependsOn), Uint8Array.of(weight)));
}

/** DATA, padded when `padding` is not negative. */
export function dataFrame(
  streamId: number,
  data: Uint8Array,
  endStream = false,
  padding = -1,
): Uint8Array {
  const flags = endStream ? Flag.END_STREAM : 0;
  if (padding < 0) return frame(FrameType.DATA, flags, streamId, data);
  const payload = join(Uint8Array.of(padding), data, new Uint8Array(padding));
  return frame(FrameType.DATA, flags | Flag.PADDED, streamId, payload);
}

/** HEADERS with a whole block. */
export function headersFrame(
  streamId: number,
  fields: FieldList | Uint8Array,
  endStream = false,
): Uint8Array {
  const block = fields instanceof Uint8Array ? fields : literalBlock(fields);
  const flags = Flag.END_HEADERS | (endStream ? Flag.END_STREAM : 0);
  return frame(FrameType.HEADERS, flags, streamId, block);
}

/** HEADERS and CONTINUATION frames with `sizes` octets of the block each, the rest in the last one. */
export function splitHeaders(
  streamId: number,
  block: Uint8Array,
  endStream: boolean,
  sizes: readonly number[],
): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  sizes.forEach((size, i) => {
    const type = i === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
    const flags = i === 0 && endStream ? Flag.END_STREAM : 0;
    parts.push(frame(type, flags, streamId, block.subarray(at, at + size)));
    at += size;
  });
  parts.push(frame(FrameType.CONTINUATION, Flag.END_HEADERS, streamId, block.subarray(at)));
  return join(...parts);
}

/** A block of literals that touch no table (RFC 7541 §6.2.2): any octets in names and values, whatever the fields are. */
export function literalBlock(fields: FieldList): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, value] of fields) {
    parts.push(Uint8Array.of(0x00), literal(name), literal(value));
  }
  return join(...parts);
}

/** A string without Huffman coding (RFC 7541 §5.2); one character is one octet. */
export function literal(text: string): Uint8Array {
  const octets = Uint8Array.from(text, (char) => char.charCodeAt(0));
  return join(prefixed(0x00, 0x7f, octets.length), octets);
}

/** An integer with a prefix (RFC 7541 §5.1): `pattern` is what stands above the prefix `mask`. */
export function prefixed(pattern: number, mask: number, value: number): Uint8Array {
  if (value < mask) return Uint8Array.of(pattern | value);
  const out = [pattern | mask];
  for (value -= mask; value >= 128; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Uint8Array.from([...out, value]);
}
