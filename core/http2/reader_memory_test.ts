import assert from "node:assert/strict";
import { FrameType } from "./frames.ts";
import { FrameReader } from "./reader.ts";
import { frame, join } from "./testing/frame_bytes.ts";
import { ScriptedConn } from "./testing/scripted_conn.ts";

const SIZES = { maxFrameSize: 4 << 20, maxControlSize: 16_384 };
const LARGEST_BUFFER = 1024 * 1024;

/** Reads `pieces`; returns the size of the buffer of each read, and what was kept. */
async function read(
  pieces: Iterable<Uint8Array>,
  keep: boolean,
): Promise<{ buffers: number[]; kept: Uint8Array[] }> {
  const kept: Uint8Array[] = [];
  const conn = new ScriptedConn(pieces);
  const sink = {
    onFrame(_t: number, _f: number, _s: number, _b: Uint8Array, from: number, to: number) {
      if (keep) kept.push(reader.keep(from, to));
    },
  };
  const reader = new FrameReader(conn, sink, SIZES, false);
  await reader.run();
  return { buffers: conn.buffers, kept };
}

function* repeat(piece: Uint8Array, times: number): Generator<Uint8Array> {
  for (let i = 0; i < times; i++) yield piece;
}

function largest(sizes: readonly number[]): number {
  return sizes.reduce((most, size) => Math.max(most, size), 0);
}

const DATA_64K = frame(FrameType.DATA, 0, 1, new Uint8Array(65_536));
const SMALL = frame(FrameType.PING, 0, 0, new Uint8Array(8));

Deno.test("the read buffer grows with bulk data up to 1 MiB", async () => {
  const bulk = join(...repeat(DATA_64K, 32));
  for (const keep of [false, true]) {
    const { buffers } = await read(repeat(bulk, 8), keep);
    assert.equal(largest(buffers), LARGEST_BUFFER);
    assert.equal(buffers.at(-1), LARGEST_BUFFER);
  }
});

Deno.test("the read buffer gets small again once little has filled it", async () => {
  const { buffers } = await read([join(...repeat(DATA_64K, 64)), ...repeat(SMALL, 200_000)], false);
  assert.equal(largest(buffers), LARGEST_BUFFER);
  assert.equal(buffers.at(-1), 16 * 1024);
});

Deno.test("a frame larger than the buffer costs its own size, and only while it is read", async () => {
  const large = frame(FrameType.DATA, 0, 1, new Uint8Array(4 << 20));
  const { buffers } = await read([large, ...repeat(SMALL, 300_000)], false);
  assert.ok(largest(buffers) <= (4 << 20) + LARGEST_BUFFER);
  assert.equal(buffers.at(-1), 16 * 1024);
});

Deno.test("the announced length of a frame is not allocated before the frame may be that long", async () => {
  const { buffers } = await read([frame(FrameType.DATA, 0, 1, new Uint8Array(1), 4 << 20)], false);
  assert.ok(largest(buffers) <= (4 << 20) + 9);
});

Deno.test("a short payload that is kept does not hold on to the read buffer", async () => {
  const short = frame(FrameType.DATA, 0, 1, new Uint8Array(1000));
  const { kept } = await read([join(...repeat(short, 20)), ...repeat(short, 20)], true);
  assert.equal(kept.length, 40);
  for (const payload of kept) assert.equal(payload.buffer.byteLength, 1000);
});

Deno.test("payloads kept from one buffer share it: 64 MiB kept cost little more than 64 MiB", async () => {
  const { kept } = await read(repeat(join(...repeat(DATA_64K, 4)), 256), true);
  const buffers = new Set(kept.map((payload) => payload.buffer));
  const held = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
  const octets = kept.reduce((sum, payload) => sum + payload.length, 0);
  assert.equal(octets, 64 << 20);
  assert.ok(held < octets * 1.6, `${held} octets are held for ${octets}`);
});

Deno.test("bulk data that nobody keeps is read through one buffer over and over", async () => {
  const buffers = new Set<ArrayBufferLike>();
  const conn = new ScriptedConn(repeat(join(...repeat(DATA_64K, 4)), 100));
  const sink = {
    onFrame(_t: number, _f: number, _s: number, buffer: Uint8Array) {
      buffers.add(buffer.buffer);
    },
  };
  await new FrameReader(conn, sink, SIZES, false).run();
  assert.ok(buffers.size <= 6, `${buffers.size} buffers`);
});
