import assert from "node:assert/strict";
import { Flag, FRAME_HEADER_SIZE, FrameType, getUint31 } from "../frames.ts";

/** Looks at all that an end wrote: whole frames only, and nothing on a stream after its end. */
export function judgeOutput(bytes: Uint8Array, skip: number): void {
  const ended = new Set<number>();
  const reset = new Set<number>();
  let block = 0;
  let at = skip;
  while (bytes.length - at >= FRAME_HEADER_SIZE) {
    const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    const type = bytes[at + 3];
    const flags = bytes[at + 4];
    const id = getUint31(bytes, at + 5);
    const where = `frame ${type} with flags ${flags} on ${id}`;
    at += FRAME_HEADER_SIZE + length;
    assert.ok(at <= bytes.length, `${where} is cut off`);
    assert.ok(type <= FrameType.CONTINUATION, where);
    if (block !== 0) {
      assert.ok(type === FrameType.CONTINUATION && id === block, `${where} within a block`);
    }
    if (type === FrameType.DATA || type === FrameType.HEADERS) {
      assert.ok(!ended.has(id) && !reset.has(id), `${where} after its end`);
      if (flags & Flag.END_STREAM) ended.add(id);
    }
    if (type === FrameType.HEADERS || type === FrameType.CONTINUATION) {
      block = flags & Flag.END_HEADERS ? 0 : id;
    }
    if (type === FrameType.WINDOW_UPDATE && id !== 0) {
      assert.ok(!reset.has(id), `${where} after a reset`);
    }
    if (type === FrameType.RST_STREAM) reset.add(id);
  }
  assert.equal(at, bytes.length, "octets behind the last frame");
}
