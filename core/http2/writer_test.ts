import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameType } from "./frames.ts";
import { WRITE_HIGH_WATER } from "./limits.ts";
import { frame, join } from "./testing/frame_bytes.ts";
import { GatedConn, turn } from "./testing/gated_conn.ts";
import { FrameWriter } from "./writer.ts";

interface Writing {
  conn: GatedConn;
  writer: FrameWriter;
  /** Calls of onDrain. */
  drains: () => number;
  errors: unknown[];
}

function startWriter(onDrain: () => void = () => {}): Writing {
  const conn = new GatedConn();
  const errors: unknown[] = [];
  let drains = 0;
  const writer = new FrameWriter(conn, () => {
    drains++;
    onDrain();
  }, (error) => errors.push(error));
  return { conn, writer, drains: () => drains, errors };
}

const eight = (value: number) => new Uint8Array(8).fill(value);
const ping = (value: number) => frame(FrameType.PING, 0, 0, eight(value));

Deno.test("frames of one turn go out in one write, in order", async () => {
  const { conn, writer, errors } = startWriter();
  for (let i = 0; i < 5; i++) writer.frame(FrameType.PING, 0, 0, eight(i), null);
  await turn();
  assert.deepEqual([...conn.pending!], [...join(...[0, 1, 2, 3, 4].map(ping))]);
  await conn.take();
  assert.equal(conn.pending, null);
  assert.deepEqual(errors, []);
});

Deno.test("a frame is its header, head and body", async () => {
  const { conn, writer } = startWriter();
  conn.open = true;
  writer.raw(Uint8Array.of(9, 8));
  writer.frame(0, 1, 3, Uint8Array.of(1), Uint8Array.of(2, 3));
  writer.frame(0, 1, 3, null, new Uint8Array(100).fill(4));
  writer.frame(4, 1, 0, null, null);
  await turn();
  const expected = join(
    Uint8Array.of(9, 8),
    frame(0, 1, 3, Uint8Array.of(1, 2, 3)),
    frame(0, 1, 3, new Uint8Array(100).fill(4)),
    frame(4, 1, 0),
  );
  assert.deepEqual(conn.octets, [...expected]);
});

Deno.test("what comes during a write gathers for the next one", async () => {
  const { conn, writer } = startWriter();
  writer.frame(FrameType.PING, 0, 0, eight(0), null);
  await turn();
  for (let i = 1; i < 4; i++) {
    writer.frame(FrameType.PING, 0, 0, eight(i), null);
    await turn();
  }
  assert.equal(conn.pending!.length, 17);
  await conn.take();
  assert.equal(conn.pending!.length, 3 * 17);
  await conn.take();
  assert.deepEqual(conn.octets, [...join(...[0, 1, 2, 3].map(ping))]);
});

Deno.test("a write that takes only a part is followed by one of the rest, before anything newer", async () => {
  const { conn, writer, drains } = startWriter();
  writer.frame(FrameType.PING, 0, 0, eight(1), null);
  await turn();
  await conn.take(5);
  writer.frame(FrameType.PING, 0, 0, eight(2), null);
  assert.equal(conn.pending!.length, 12);
  await conn.take(1);
  assert.equal(drains(), 0);
  await conn.take(11);
  assert.equal(drains(), 1);
  await conn.take();
  assert.deepEqual(conn.octets, [...join(ping(1), ping(2))]);
});

Deno.test("octets come out as they went in, whatever sizes writes take and when frames come", async () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat({ max: 9_000 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 12_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { conn, writer, errors } = startWriter();
      const added: Uint8Array[] = [];
      for (const [i, action] of steps.entries()) {
        if ("add" in action) {
          const body = new Uint8Array(action.add).fill(i);
          writer.frame(0, 0, i + 1, null, body);
          added.push(frame(0, 0, i + 1, body));
        } else {
          await Promise.resolve();
          if (conn.pending !== null) await conn.take(Math.min(action.take, conn.pending.length));
        }
      }
      await turn();
      while (conn.pending !== null) await conn.take();
      assert.deepEqual(join(...conn.written), join(...added));
      assert.deepEqual(errors, []);
    }),
    { numRuns: 60 },
  );
});

Deno.test("bulk data has room until 256 KiB are gathered; other frames may be added at any time", async () => {
  const { conn, writer } = startWriter();
  const body = new Uint8Array(65_536);
  let frames = 0;
  while (writer.hasRoom) {
    writer.frame(0, 0, 1, null, body);
    frames++;
  }
  assert.equal(frames, WRITE_HIGH_WATER / body.length);
  writer.frame(FrameType.PING, 0, 0, eight(1), null);
  await turn();
  assert.equal(writer.hasRoom, true);
  assert.equal(writer.waiting, 0);
  await conn.take();
});

Deno.test("onDrain runs when a write has gone out, and what it adds goes out next", async () => {
  const writing = startWriter(() => {
    if (writing.drains() < 4) writing.writer.frame(FrameType.PING, 0, 0, eight(7), null);
  });
  writing.conn.open = true;
  writing.writer.frame(FrameType.PING, 0, 0, eight(7), null);
  await turn();
  await turn();
  assert.equal(writing.conn.written.length, 4);
});

Deno.test("flushed resolves when all has gone out", async () => {
  const { conn, writer } = startWriter();
  await writer.flushed();
  writer.frame(FrameType.PING, 0, 0, eight(0), null);
  let flushed = false;
  const wait = writer.flushed().then(() => flushed = true);
  await turn();
  writer.frame(FrameType.PING, 0, 0, eight(1), null);
  await conn.take();
  assert.equal(flushed, false);
  await conn.take();
  await wait;
});

Deno.test("a write that fails is told once; what waits is dropped and flushed resolves", async () => {
  const { conn, writer, errors } = startWriter();
  writer.frame(FrameType.PING, 0, 0, eight(0), null);
  await turn();
  writer.frame(FrameType.PING, 0, 0, eight(1), null);
  const flushed = writer.flushed();
  const broken = new Error("broken pipe");
  await conn.fail(broken);
  await flushed;
  assert.deepEqual(errors, [broken]);
  writer.frame(FrameType.PING, 0, 0, eight(2), null);
  await turn();
  await writer.flushed();
  assert.equal(conn.pending, null);
  assert.equal(writer.waiting, 0);
  assert.deepEqual(errors, [broken]);
});

Deno.test("the time of a write counts from its last progress", async () => {
  const { conn, writer } = startWriter();
  assert.equal(writer.writingSince, 0);
  writer.frame(FrameType.PING, 0, 0, eight(0), null);
  await turn();
  const began = writer.writingSince;
  assert.ok(began > 0);
  await conn.take(3);
  assert.ok(writer.writingSince > began);
  await conn.take();
  assert.equal(writer.writingSince, 0);
});

Deno.test("buffers that grew are given back once nothing was sent between two ticks", async () => {
  const { conn, writer } = startWriter();
  const sizes: number[] = [];
  conn.write = (p) => {
    sizes.push(p.buffer.byteLength);
    return Promise.resolve(p.length);
  };
  const ping = async () => {
    writer.frame(FrameType.PING, 0, 0, eight(1), null);
    await turn();
  };
  for (let i = 0; i < 2; i++) {
    writer.frame(0, 0, 1, null, new Uint8Array(200_000));
    await turn();
  }
  writer.tick();
  await ping();
  assert.ok(sizes.pop()! > 200_000);
  writer.tick();
  writer.tick();
  await ping();
  await ping();
  assert.deepEqual(sizes.slice(-2), [4_096, 4_096]);
});

Deno.test("a writer that was given up keeps nobody waiting, though its write never ends", async () => {
  const { conn, writer } = startWriter();
  writer.frame(FrameType.PING, 0, 0, eight(0), null);
  await turn();
  const waiting = [writer.flushed(), writer.progress()];
  writer.giveUp();
  await Promise.all(waiting);
  await Promise.all([writer.flushed(), writer.progress()]);
  writer.frame(FrameType.PING, 0, 0, eight(1), null);
  await conn.take();
  assert.equal(conn.pending, null);
});
