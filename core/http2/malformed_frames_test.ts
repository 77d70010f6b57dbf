// Frames of wrong sizes, in wrong places and of wrong contents, one connection each: the right code, and nobody else suffers.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { FrameType } from "./frames.ts";
import { silent } from "./testing/answers.ts";
import { requestFields } from "./testing/call.ts";
import {
  clientHello,
  dataFrame,
  frame,
  headersFrame,
  join,
  literalBlock,
  priorityFrame,
  resetFrame,
  SETTINGS_ACK,
  settingsFrame,
  uint32,
  windowUpdateFrame,
} from "./testing/frame_bytes.ts";
import { testAttack } from "./testing/attack.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { connectTcp } from "./testing/tcp_pair.ts";
import { TestServer } from "./testing/test_server.ts";

const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED } = ErrorCode;
const octets = (length: number) => new Uint8Array(length);
const REQUEST = literalBlock(requestFields("/"));
const OPEN_1 = headersFrame(1, REQUEST);

/** What ends the connection, and the code it ends with. */
const CONNECTION_ERRORS: Record<string, [number, ...Uint8Array[]]> = {
  "PING of 7 octets": [FRAME_SIZE_ERROR, frame(FrameType.PING, 0, 0, octets(7))],
  "PING of 9 octets": [FRAME_SIZE_ERROR, frame(FrameType.PING, 0, 0, octets(9))],
  "empty PING": [FRAME_SIZE_ERROR, frame(FrameType.PING, 0, 0)],
  "PING on a stream": [PROTOCOL_ERROR, OPEN_1, frame(FrameType.PING, 0, 1, octets(8))],
  "SETTINGS of 5 octets": [FRAME_SIZE_ERROR, frame(FrameType.SETTINGS, 0, 0, octets(5))],
  "SETTINGS of 7 octets": [FRAME_SIZE_ERROR, frame(FrameType.SETTINGS, 0, 0, octets(7))],
  "SETTINGS on a stream": [PROTOCOL_ERROR, OPEN_1, frame(FrameType.SETTINGS, 0, 1)],
  "acknowledgement with payload": [FRAME_SIZE_ERROR, frame(FrameType.SETTINGS, 1, 0, octets(6))],
  "ENABLE_PUSH of 2": [PROTOCOL_ERROR, settingsFrame([2, 2])],
  "MAX_FRAME_SIZE of 0": [PROTOCOL_ERROR, settingsFrame([5, 0])],
  "INITIAL_WINDOW_SIZE of 2^31": [FLOW_CONTROL_ERROR, settingsFrame([4, 0x80000000])],
  "RST_STREAM of 3 octets": [
    FRAME_SIZE_ERROR,
    OPEN_1,
    frame(FrameType.RST_STREAM, 0, 1, octets(3)),
  ],
  "RST_STREAM of 5 octets": [
    FRAME_SIZE_ERROR,
    OPEN_1,
    frame(FrameType.RST_STREAM, 0, 1, octets(5)),
  ],
  "RST_STREAM on stream 0": [PROTOCOL_ERROR, resetFrame(0, 8)],
  "RST_STREAM on an idle stream": [PROTOCOL_ERROR, resetFrame(1, 8)],
  "RST_STREAM on a stream of ours": [PROTOCOL_ERROR, resetFrame(2, 8)],
  "WINDOW_UPDATE of 3 octets": [FRAME_SIZE_ERROR, frame(FrameType.WINDOW_UPDATE, 0, 0, octets(3))],
  "WINDOW_UPDATE of 5 octets": [FRAME_SIZE_ERROR, frame(FrameType.WINDOW_UPDATE, 0, 0, octets(5))],
  "WINDOW_UPDATE of 0 on the connection": [PROTOCOL_ERROR, windowUpdateFrame(0, 0)],
  "WINDOW_UPDATE on an idle stream": [PROTOCOL_ERROR, windowUpdateFrame(1, 5)],
  "WINDOW_UPDATE over 2^31-1": [FLOW_CONTROL_ERROR, windowUpdateFrame(0, 0x7fffffff)],
  "GOAWAY of 7 octets": [FRAME_SIZE_ERROR, frame(FrameType.GOAWAY, 0, 0, octets(7))],
  "GOAWAY on a stream": [PROTOCOL_ERROR, OPEN_1, frame(FrameType.GOAWAY, 0, 1, octets(8))],
  "PRIORITY on stream 0": [PROTOCOL_ERROR, priorityFrame(0, 1)],
  "PRIORITY on itself on an idle stream": [PROTOCOL_ERROR, priorityFrame(1, 1)],
  "PRIORITY of 4 octets on an idle stream": [
    FRAME_SIZE_ERROR,
    frame(FrameType.PRIORITY, 0, 1, octets(4)),
  ],
  "HEADERS that depend on themselves": [
    PROTOCOL_ERROR,
    frame(FrameType.HEADERS, 0x24, 1, join(uint32(1), octets(1), REQUEST)),
  ],
  "PUSH_PROMISE from a client": [
    PROTOCOL_ERROR,
    OPEN_1,
    frame(FrameType.PUSH_PROMISE, 4, 1, join(uint32(2), REQUEST)),
  ],
  "DATA on stream 0": [PROTOCOL_ERROR, dataFrame(0, octets(1))],
  "DATA on an idle stream": [PROTOCOL_ERROR, dataFrame(1, octets(1))],
  "DATA on a stream of ours": [PROTOCOL_ERROR, dataFrame(2, octets(1))],
  "DATA over the connection's window": [
    FLOW_CONTROL_ERROR,
    OPEN_1,
    ...Array(5).fill(dataFrame(1, octets(16_384))),
  ],
  "HEADERS on stream 0": [PROTOCOL_ERROR, headersFrame(0, REQUEST)],
  "HEADERS on an even stream": [PROTOCOL_ERROR, headersFrame(2, REQUEST)],
  "HEADERS on a lower stream": [PROTOCOL_ERROR, headersFrame(5, REQUEST), headersFrame(3, REQUEST)],
  "CONTINUATION without HEADERS": [PROTOCOL_ERROR, frame(FrameType.CONTINUATION, 4, 1, REQUEST)],
  "CONTINUATION after the end": [
    PROTOCOL_ERROR,
    OPEN_1,
    frame(FrameType.CONTINUATION, 4, 1, REQUEST),
  ],
  "CONTINUATION on stream 0": [PROTOCOL_ERROR, frame(FrameType.CONTINUATION, 4, 0, REQUEST)],
  "a frame of 16 MiB": [FRAME_SIZE_ERROR, frame(FrameType.DATA, 0, 1, octets(0), 0xffffff)],
  "a PING of 64 KiB": [FRAME_SIZE_ERROR, frame(FrameType.PING, 0, 0, octets(0), 65_537)],
};

for (const [what, [code, ...frames]] of Object.entries(CONNECTION_ERRORS)) {
  Deno.test(`${what} ends the connection`, async () => {
    await using server = new TestServer(silent, {
      connectionWindow: 65_535,
      streamWindow: 1_000_000,
    });
    await using peer = await RawPeer.client(server.port);
    await peer.send(...frames);
    assert.equal((await peer.goaway()).code, code);
  });
}

/** What ends a stream and leaves the connection be. */
const STREAM_ERRORS: Record<string, [number, number, ...Uint8Array[]]> = {
  "PRIORITY of 4 octets": [1, FRAME_SIZE_ERROR, OPEN_1, frame(FrameType.PRIORITY, 0, 1, octets(4))],
  "PRIORITY of 6 octets": [1, FRAME_SIZE_ERROR, OPEN_1, frame(FrameType.PRIORITY, 0, 1, octets(6))],
  "PRIORITY on itself": [1, PROTOCOL_ERROR, OPEN_1, priorityFrame(1, 1)],
  "WINDOW_UPDATE of 0 on a stream": [1, PROTOCOL_ERROR, OPEN_1, windowUpdateFrame(1, 0)],
  "WINDOW_UPDATE over 2^31-1 on a stream": [
    1,
    FLOW_CONTROL_ERROR,
    OPEN_1,
    windowUpdateFrame(1, 0x7fffffff),
  ],
  "DATA over a stream's window": [1, FLOW_CONTROL_ERROR, OPEN_1, dataFrame(1, octets(10_001))],
  "DATA after the request's end": [
    1,
    STREAM_CLOSED,
    headersFrame(1, REQUEST, true),
    dataFrame(1, octets(1)),
  ],
  "HEADERS after the request's end": [
    1,
    STREAM_CLOSED,
    headersFrame(1, REQUEST, true),
    headersFrame(1, REQUEST, true),
  ],
  "trailers without END_STREAM": [1, PROTOCOL_ERROR, OPEN_1, headersFrame(1, [["x", "y"]])],
  "trailers with pseudo-header fields": [1, PROTOCOL_ERROR, OPEN_1, headersFrame(1, REQUEST, true)],
  "trailers in upper case": [1, PROTOCOL_ERROR, OPEN_1, headersFrame(1, [["X", "y"]], true)],
};

for (const [what, [id, code, ...frames]] of Object.entries(STREAM_ERRORS)) {
  testAttack(`${what} resets the stream and no other`, async (server) => {
    await using peer = await RawPeer.client(server.port);
    await peer.send(...frames);
    assert.equal(await peer.reset(id), code);
    await peer.send(headersFrame(101, REQUEST));
    await peer.roundTrip();
    assert.ok(server.sessions[1].activeStreams >= 1);
  }, { onStream: silent, server: { streamWindow: 10_000 } });
}

testAttack(
  "frames of every known type, every size up to 20 and many flags end their connection or not",
  async (server) => {
    for (let type = 0; type <= 10; type++) {
      await Promise.all([0, 1, 4, 8, 0x2d, 0xff].map(async (flags) => {
        for (const id of [0, 1, 2]) {
          await using peer = new RawPeer(await connectTcp(server.port));
          await peer.send(clientHello(), SETTINGS_ACK, OPEN_1);
          for (let size = 0; size <= 20 && !peer.goneAway; size++) {
            const payload = octets(size).fill(size);
            if (await peer.flood(frame(type, flags, id, payload), 1) === 0) break;
          }
          await peer.roundTrip().catch(() => assert.ok(peer.goneAway));
        }
      }));
    }
  },
  { onStream: silent },
);
