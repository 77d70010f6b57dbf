// Streams opened only to be reset: CVE-2023-44487 by the client itself, CVE-2025-8671 by making the server do it.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { FrameType } from "./frames.ts";
import { RESET_LIMIT } from "./limits.ts";
import { answerAtEnd, silent } from "./testing/answers.ts";
import { floodUntilGoaway, testAttack } from "./testing/attack.ts";
import { requestFields } from "./testing/call.ts";
import {
  dataFrame,
  frame,
  headersFrame,
  join,
  literalBlock,
  priorityFrame,
  resetFrame,
  windowUpdateFrame,
} from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";

const REQUEST = literalBlock(requestFields("/"));

/** 20 streams of one kind in one write; `i` counts the writes. */
function twenty(i: number, one: (id: number) => Uint8Array): Uint8Array {
  return join(...Array.from({ length: 20 }, (_, j) => one(2 * (20 * i + j) + 1)));
}

const WRITES = 3 * RESET_LIMIT.burst / 20;

testAttack(
  "rapid reset, CVE-2023-44487: streams reset before they are answered",
  async (server) => {
    const peer = await RawPeer.client(server.port);
    const one = (id: number) =>
      join(headersFrame(id, REQUEST, true), resetFrame(id, ErrorCode.CANCEL));
    const { lastStreamId } = await floodUntilGoaway(
      peer,
      (i) => twenty(i, one),
      WRITES,
      ErrorCode.ENHANCE_YOUR_CALM,
    );
    const streams = (lastStreamId + 1) / 2;
    assert.ok(streams >= RESET_LIMIT.burst && streams < 1.5 * RESET_LIMIT.burst, `${streams}`);
    assert.equal((await server.sessions[1].closed)?.code, ErrorCode.ENHANCE_YOUR_CALM);
  },
  { onStream: silent },
);

testAttack("rapid reset in waves, all streams open first", async (server) => {
  const peer = await RawPeer.client(server.port);
  const wave = (i: number) =>
    join(
      twenty(i, (id) => headersFrame(id, REQUEST)),
      twenty(i, (id) => resetFrame(id, ErrorCode.NO_ERROR)),
    );
  await floodUntilGoaway(peer, wave, WRITES, ErrorCode.ENHANCE_YOUR_CALM);
}, { onStream: silent });

/** CVE-2025-8671: what a client may send to make the server reset a stream. */
const MADE_YOU_RESET: Record<string, (id: number) => Uint8Array> = {
  "WINDOW_UPDATE of 0": (id) => join(headersFrame(id, REQUEST), windowUpdateFrame(id, 0)),
  "WINDOW_UPDATE over 2^31-1": (id) =>
    join(headersFrame(id, REQUEST), windowUpdateFrame(id, 0x7fffffff)),
  "PRIORITY of a wrong size": (id) =>
    join(headersFrame(id, REQUEST), frame(FrameType.PRIORITY, 0, id, new Uint8Array(4))),
  "PRIORITY on itself": (id) => join(headersFrame(id, REQUEST), priorityFrame(id, id)),
  "DATA after the end": (id) =>
    join(headersFrame(id, REQUEST, true), dataFrame(id, new Uint8Array(1))),
  "HEADERS after the end": (id) =>
    join(headersFrame(id, REQUEST, true), headersFrame(id, REQUEST, true)),
  "trailers that do not end": (id) =>
    join(headersFrame(id, REQUEST), headersFrame(id, [["x", "y"]])),
  "more DATA than announced": (id) =>
    join(
      headersFrame(id, [...requestFields("/"), ["content-length", "1"]]),
      dataFrame(id, new Uint8Array(2)),
    ),
};

for (const [what, one] of Object.entries(MADE_YOU_RESET)) {
  testAttack(`MadeYouReset, CVE-2025-8671: ${what}`, async (server) => {
    const peer = await RawPeer.client(server.port);
    await floodUntilGoaway(peer, (i) => twenty(i, one), WRITES, ErrorCode.ENHANCE_YOUR_CALM);
  }, { onStream: silent });
}

/** CVE-2019-9514: requests that the server has to answer with RST_STREAM. */
const MALFORMED: Record<string, Uint8Array> = {
  "no :method": literalBlock([[":path", "/"], [":scheme", "http"]]),
  "upper case": literalBlock([...requestFields("/"), ["X-Y", "z"]]),
  "connection": literalBlock([...requestFields("/"), ["connection", "close"]]),
};

for (const [what, block] of Object.entries(MALFORMED)) {
  testAttack(`reset flood, CVE-2019-9514: malformed requests (${what})`, async (server) => {
    const peer = await RawPeer.client(server.port);
    await floodUntilGoaway(
      peer,
      (i) => twenty(i, (id) => headersFrame(id, block, true)),
      WRITES,
      ErrorCode.ENHANCE_YOUR_CALM,
    );
  });
}

testAttack("streams over MAX_CONCURRENT_STREAMS, over and over", async (server) => {
  const peer = await RawPeer.client(server.port);
  const open = (id: number) => headersFrame(id, REQUEST);
  await floodUntilGoaway(peer, (i) => twenty(i, open), WRITES, ErrorCode.ENHANCE_YOUR_CALM);
}, { onStream: silent, server: { maxConcurrentStreams: 10 } });

testAttack("RST_STREAM for streams that are over", async (server) => {
  const peer = await RawPeer.client(server.port);
  await peer.send(headersFrame(1, REQUEST, true));
  await peer.next(FrameType.HEADERS, 1);
  const resets = join(...Array(100).fill(resetFrame(1, ErrorCode.CANCEL)));
  await floodUntilGoaway(peer, resets, 1_000, ErrorCode.ENHANCE_YOUR_CALM);
}, { onStream: answerAtEnd });
