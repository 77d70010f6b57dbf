// Small header blocks that stand for large header sections, or for nothing sensible.
import assert from "node:assert/strict";
import { connectHttp2 } from "./client.ts";
import { ErrorCode } from "./errors.ts";
import { Flag, FrameType } from "./frames.ts";
import { HpackDecoder } from "./hpack/mod.ts";
import { silent } from "./testing/answers.ts";
import { floodUntilGoaway, repeat, testAttack } from "./testing/attack.ts";
import { Call, requestFields } from "./testing/call.ts";
import { headersFrame, join, literal, literalBlock, prefixed } from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { tcpPair } from "./testing/tcp_pair.ts";

/** A field of nearly 4 KiB that goes into the dynamic table, where its index is 62. */
const FAT = join(Uint8Array.of(0x40), literal("x"), literal("y".repeat(4_000)));
const INDEX_62 = Uint8Array.of(0x80 | 62);
const REQUEST = literalBlock(requestFields("/"));

testAttack(
  "HPACK bomb: 16 KiB of references to one field of 4 KiB are 64 MiB, and get 431",
  async (server) => {
    await using peer = await RawPeer.client(server.port);
    await peer.send(headersFrame(1, join(REQUEST, FAT), true));
    await peer.next(FrameType.HEADERS, 1);
    const bomb = join(REQUEST, repeat(INDEX_62, 16_000));
    const decoder = new HpackDecoder({ maxListSize: 1_000 });
    for (let id = 3; id < 200; id += 2) {
      await peer.send(headersFrame(id, bomb, true));
      const { payload, flags } = await peer.next(FrameType.HEADERS, id);
      assert.deepEqual(decoder.decode(payload), [[":status", "431"]]);
      assert.ok(flags & Flag.END_STREAM);
    }
    assert.equal(server.sessions[1].activeStreams, 0);
  },
  { growth: 32 << 20 },
);

Deno.test("HPACK bomb against a client: its call ends, and what is kept is bounded", async () => {
  const [near, far] = await tcpPair();
  const client = connectHttp2(near);
  const peer = await RawPeer.server(far);
  const warm = new Call(client);
  await peer.send(headersFrame(1, join(literalBlock([[":status", "200"]]), FAT), true));
  assert.equal(await warm.over, null);
  const bombed = new Call(client);
  const bomb = join(literalBlock([[":status", "200"]]), repeat(INDEX_62, 200_000));
  await peer.send(headersFrame(3, bomb, true));
  assert.equal((await bombed.over)?.code, ErrorCode.ENHANCE_YOUR_CALM);
  const after = new Call(client);
  await peer.send(headersFrame(5, literalBlock([[":status", "200"]]), true));
  assert.equal(await after.over, null);
  client.close();
  await client.closed;
  await peer[Symbol.asyncDispose]();
});

testAttack("header leak, CVE-2019-9516: fields without name and value", async (server) => {
  const peer = await RawPeer.client(server.port);
  const nameless = join(REQUEST, ...Array(100).fill([0x40, 0, 0]).map((b) => Uint8Array.from(b)));
  let id = -1;
  await floodUntilGoaway(
    peer,
    () => headersFrame(id += 2, nameless, true),
    5_000,
    ErrorCode.ENHANCE_YOUR_CALM,
  );
}, { onStream: silent });

testAttack("new fields for the dynamic table without end keep to its 4 KiB", async (server) => {
  await using peer = await RawPeer.client(server.port);
  peer.forgotten.add(FrameType.HEADERS).add(FrameType.DATA);
  let id = -1;
  for (let i = 0; i < 20; i++) {
    for (let j = 0; j < 100; j++) {
      const name = `x-${i}-${j}`;
      const fields = Array.from(
        { length: 30 },
        (_, k) => join(Uint8Array.of(0x40), literal(`${name}-${k}`), literal("v".repeat(100))),
      );
      await peer.send(headersFrame(id += 2, join(REQUEST, ...fields), true));
    }
    await peer.roundTrip();
  }
}, { growth: 32 << 20 });

/** Blocks that no decoder can make sense of: the two ends' tables are out of step, so the connection ends. */
const NONSENSE: Record<string, Uint8Array> = {
  "index 0": Uint8Array.of(0x80),
  "an index past the tables": Uint8Array.of(0xff, 0x80, 0x08),
  "an index without end": Uint8Array.of(0xff, ...Array(20).fill(0x80)),
  "an index of 2^63": Uint8Array.of(0xff, ...Array(9).fill(0xff), 0x7f),
  "a string longer than the block": Uint8Array.of(0x00, 0x01, 0x61, 0x7f, 0xff, 0xff, 0x7f),
  "a string of 2^31 octets": join(Uint8Array.of(0), prefixed(0, 0x7f, 2 ** 31)),
  "a name without a value": Uint8Array.of(0x00, 0x01, 0x61),
  "Huffman padding of more than 7 bits": Uint8Array.of(0x00, 0x01, 0x61, 0x82, 0xff, 0xff),
  "Huffman padding of zeros": Uint8Array.of(0x00, 0x01, 0x61, 0x81, 0x00),
  "Huffman with EOS in it": Uint8Array.of(0x00, 0x01, 0x61, 0x84, 0xff, 0xff, 0xff, 0xff),
  "a table larger than we allow": join(prefixed(0x20, 0x1f, 4097), REQUEST),
  "a table size update in the middle": join(REQUEST, Uint8Array.of(0x20)),
};

for (const [what, block] of Object.entries(NONSENSE)) {
  testAttack(`a header block with ${what} ends its connection`, async (server) => {
    await using peer = await RawPeer.client(server.port);
    await peer.send(headersFrame(1, block, true));
    assert.equal((await peer.goaway()).code, ErrorCode.COMPRESSION_ERROR);
  });
}
