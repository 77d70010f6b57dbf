// RFC 9113 §6.1 and §6.2: padding, and the priority that HEADERS may still carry.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { Flag, FrameType } from "./frames.ts";
import { echo } from "./testing/answers.ts";
import { requestFields } from "./testing/call.ts";
import { dataFrame, frame, headersFrame, join, literalBlock } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { TestServer } from "./testing/test_server.ts";

const BLOCK = literalBlock(requestFields("/"));

/** HEADERS with this much padding, and a priority unless told. */
function paddedHeaders(streamId: number, padding: number, endStream: boolean, priority = true) {
  const flags = Flag.PADDED | Flag.END_HEADERS | (priority ? Flag.PRIORITY : 0) |
    (endStream ? Flag.END_STREAM : 0);
  const before = priority ? [padding, 0x80, 0, 0, 0, 255] : [padding];
  const payload = join(Uint8Array.from(before), BLOCK, new Uint8Array(padding));
  return frame(FrameType.HEADERS, flags, streamId, payload);
}

Deno.test("padding of 0 to 255 octets is left out of payload and header sections", async () => {
  await using server = new TestServer(echo);
  await using peer = await RawPeer.client(server.port);
  for (const [i, padding] of [0, 1, 100, 255].entries()) {
    const id = 2 * i + 1;
    await peer.send(paddedHeaders(id, padding, false, padding % 2 === 0));
    await peer.send(dataFrame(id, Uint8Array.of(1, 2, 3), false, padding));
    await peer.send(dataFrame(id, new Uint8Array(0), true, padding));
    await peer.next(FrameType.HEADERS, id);
    const { payload } = await peer.next(FrameType.DATA, id);
    assert.deepEqual([...payload], [1, 2, 3]);
    const end = await peer.next(FrameType.DATA, id);
    assert.equal(end.flags & Flag.END_STREAM, Flag.END_STREAM);
  }
});

Deno.test("padding counts against the windows and is given back at once", async () => {
  await using server = new TestServer(echo, { streamWindow: 65_535, connectionWindow: 65_535 });
  await using peer = await RawPeer.client(server.port);
  await peer.send(headersFrame(1, requestFields("/")));
  // 40 times a whole window of padding goes through although no payload is ever consumed.
  for (let i = 0; i < 40; i++) {
    for (let j = 0; j < 200; j++) await peer.send(dataFrame(1, Uint8Array.of(j), false, 255));
    await peer.roundTrip();
  }
  await peer.send(dataFrame(1, new Uint8Array(0), true));
  await peer.next(FrameType.HEADERS, 1);
  let octets = 0;
  for (;;) {
    const { payload, flags } = await peer.next(FrameType.DATA, 1);
    octets += payload.length;
    if (flags & Flag.END_STREAM) break;
  }
  assert.equal(octets, 40 * 200);
});

const WRONG: Record<string, [Uint8Array, number]> = {
  "DATA padded over its length": [
    frame(FrameType.DATA, Flag.PADDED, 1, Uint8Array.of(4, 1, 2, 3)),
    ErrorCode.PROTOCOL_ERROR,
  ],
  "padded DATA without a pad length": [
    frame(FrameType.DATA, Flag.PADDED, 1),
    ErrorCode.PROTOCOL_ERROR,
  ],
  "HEADERS padded over their length": [
    frame(FrameType.HEADERS, Flag.PADDED | Flag.END_HEADERS, 3, join(Uint8Array.of(200), BLOCK)),
    ErrorCode.PROTOCOL_ERROR,
  ],
  "padded HEADERS without a pad length": [
    frame(FrameType.HEADERS, Flag.PADDED | Flag.END_HEADERS, 3),
    ErrorCode.FRAME_SIZE_ERROR,
  ],
  "HEADERS too short for their priority": [
    frame(FrameType.HEADERS, Flag.PRIORITY | Flag.END_HEADERS, 3, new Uint8Array(4)),
    ErrorCode.FRAME_SIZE_ERROR,
  ],
};

for (const [what, [bytes, code]] of Object.entries(WRONG)) {
  Deno.test(`${what} ends the connection`, async () => {
    await using server = new TestServer(echo);
    await using peer = await RawPeer.client(server.port);
    await peer.send(headersFrame(1, requestFields("/")), bytes);
    assert.equal((await peer.goaway()).code, code);
    await peer.ended;
  });
}

Deno.test("DATA that is padding to the last octet is fine", async () => {
  await using server = new TestServer(echo);
  await using peer = await RawPeer.client(server.port);
  await peer.send(headersFrame(1, requestFields("/")));
  await peer.send(frame(FrameType.DATA, Flag.PADDED, 1, Uint8Array.of(3, 0, 0, 0)));
  await peer.send(frame(FrameType.DATA, Flag.PADDED | Flag.END_STREAM, 1, Uint8Array.of(0)));
  await peer.next(FrameType.HEADERS, 1);
  const { payload, flags } = await peer.next(FrameType.DATA, 1);
  assert.deepEqual([payload.length, flags], [0, Flag.END_STREAM]);
});
