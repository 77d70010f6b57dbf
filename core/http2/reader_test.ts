import assert from "node:assert/strict";
import fc from "fast-check";
import { ErrorCode, Http2Error } from "./errors.ts";
import { CLIENT_PREFACE, FrameType } from "./frames.ts";
import { FrameReader } from "./reader.ts";
import { frame, join } from "./testing/frame_bytes.ts";
import { turn } from "./testing/gated_conn.ts";
import { ScriptedConn } from "./testing/scripted_conn.ts";

const SIZES = { maxFrameSize: 1 << 20, maxControlSize: 16_384 };

interface Seen {
  type: number;
  flags: number;
  streamId: number;
  payload: Uint8Array;
}

/** Reads all frames; `keep` says of which the payload is kept, the others are copied during the call. */
async function readAll(
  pieces: Iterable<Uint8Array>,
  options: {
    keep?: (i: number) => boolean;
    preface?: boolean;
    sizes?: typeof SIZES;
    chunks?: boolean;
  } = {},
): Promise<Seen[]> {
  const seen: Seen[] = [];
  const sink = {
    onFrame(
      type: number,
      flags: number,
      streamId: number,
      b: Uint8Array,
      from: number,
      to: number,
    ) {
      const kept = options.keep?.(seen.length) ?? false;
      const payload = kept ? reader.keep(from, to) : b.slice(from, to);
      seen.push({ type, flags, streamId, payload });
    },
  };
  const conn = new ScriptedConn(pieces, options);
  const reader = new FrameReader(conn, sink, options.sizes ?? SIZES, options.preface ?? false);
  await reader.run();
  return seen;
}

/** Cuts octets into pieces of these sizes, over and over. */
function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length];
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const someFrame = fc.record({
  type: fc.nat({ max: 255 }),
  flags: fc.nat({ max: 255 }),
  streamId: fc.nat({ max: 0x7fffffff }),
  size: fc.oneof(
    { weight: 5, arbitrary: fc.nat({ max: 200 }) },
    { weight: 3, arbitrary: fc.integer({ min: 3_000, max: 16_384 }) },
    { weight: 1, arbitrary: fc.integer({ min: 16_385, max: 600_000 }) },
  ),
}).map((f) => ({ ...f, type: f.size > 16_384 ? FrameType.DATA : f.type }));

const pieceSizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 100_000 })),
  { minLength: 1, maxLength: 10 },
);

for (const chunks of [false, true]) {
  Deno.test(`any segmentation of a byte stream gives the same frames, and kept payloads stay${chunks ? ", read in chunks" : ""}`, async () => {
    const plan = fc.array(someFrame, { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        plan,
        pieceSizes,
        fc.infiniteStream(fc.boolean()),
        async (all, sizes, keep) => {
          const expected = all.map(({ type, flags, streamId, size }, i) => {
            const payload = new Uint8Array(size).fill(i + 1);
            return { type, flags, streamId, payload };
          });
          const bytes = join(...expected.map((f) => frame(f.type, f.flags, f.streamId, f.payload)));
          // Pieces of an octet each are for short streams only.
          const pieces = bytes.length > 100_000 ? [...sizes, 50_000] : sizes;
          const seen = await readAll(cut(bytes, pieces), {
            keep: () => keep.next().value!,
            chunks,
          });
          assert.equal(seen.length, expected.length);
          seen.forEach((got, i) => {
            const { payload, ...header } = expected[i];
            assert.deepEqual({ type: got.type, flags: got.flags, streamId: got.streamId }, header);
            assert.equal(sameOctets(got.payload, payload), true, `payload of frame ${i}`);
          });
        },
      ),
      { numRuns: 150 },
    );
  });
}

function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

Deno.test("a frame of the largest size arrives whole, and one octet more ends the connection", async () => {
  const payload = new Uint8Array(SIZES.maxFrameSize).fill(5);
  const [seen] = await readAll(cut(frame(FrameType.DATA, 0, 1, payload), [70_000]));
  assert.equal(seen.payload.length, SIZES.maxFrameSize);
  assert.ok(seen.payload.every((octet) => octet === 5));
  await assert.rejects(
    readAll([frame(FrameType.DATA, 0, 1, new Uint8Array(0), SIZES.maxFrameSize + 1)]),
    wrongSize,
  );
});

Deno.test("known frames other than DATA have a limit of their own; DATA and unknown ones do not", async () => {
  const payload = new Uint8Array(SIZES.maxControlSize + 1);
  for (const type of [FrameType.DATA, 0x0a, 0xff]) {
    assert.equal((await readAll([frame(type, 0, 1, payload)])).length, 1, `type ${type}`);
  }
  for (let type = FrameType.HEADERS; type <= FrameType.CONTINUATION; type++) {
    await assert.rejects(readAll([frame(type, 0, 1, payload)]), wrongSize, `type ${type}`);
  }
});

Deno.test("no frame is larger than the largest frame, whatever the limit of its type", async () => {
  const sizes = { maxFrameSize: 16_384, maxControlSize: 65_536 };
  for (const type of [FrameType.DATA, FrameType.HEADERS, 0xee]) {
    const bytes = frame(type, 0, 1, new Uint8Array(16_385));
    await assert.rejects(readAll([bytes], { sizes }), wrongSize);
    assert.equal((await readAll([frame(type, 0, 1, new Uint8Array(16_384))], { sizes })).length, 1);
  }
});

Deno.test("a frame too large is refused by its header, before its payload comes", async () => {
  const header = frame(FrameType.DATA, 0, 1, new Uint8Array(0), 0xffffff);
  await assert.rejects(readAll([header]), wrongSize);
});

function wrongSize(error: unknown): boolean {
  return error instanceof Http2Error && error.scope === "connection" &&
    error.code === ErrorCode.FRAME_SIZE_ERROR;
}

Deno.test("a client's preface may come in pieces, together with frames", async () => {
  const ping = frame(FrameType.PING, 0, 0, new Uint8Array(8));
  const bytes = join(CLIENT_PREFACE, ping, ping);
  for (let size = 1; size <= bytes.length; size++) {
    for (const chunks of [false, true]) {
      assert.equal((await readAll(cut(bytes, [size]), { preface: true, chunks })).length, 2);
    }
  }
});

Deno.test("the first octet that is no preface ends the connection", async () => {
  for (let wrong = 0; wrong < CLIENT_PREFACE.length; wrong++) {
    const bytes = CLIENT_PREFACE.slice(0, wrong + 1);
    bytes[wrong] ^= 1;
    await assert.rejects(
      readAll([bytes], { preface: true }),
      (error) => error instanceof Http2Error && error.code === ErrorCode.PROTOCOL_ERROR,
    );
  }
});

Deno.test("a connection that ends within a frame just ends", async () => {
  const bytes = frame(FrameType.DATA, 0, 1, new Uint8Array(100));
  assert.deepEqual(await readAll([bytes.subarray(0, 5)]), []);
  assert.deepEqual(await readAll([bytes.subarray(0, 50)]), []);
});

Deno.test("a reader told to discard hands out nothing more, from the middle of a read on", async () => {
  const seen: number[] = [];
  const ping = frame(FrameType.PING, 0, 0, new Uint8Array(8));
  const conn = new ScriptedConn([join(ping, ping, ping), join(ping, ping)]);
  const sink = {
    onFrame(type: number) {
      seen.push(type);
      reader.discard();
    },
  };
  const reader = new FrameReader(conn, sink, SIZES, false);
  await reader.run();
  assert.deepEqual(seen, [FrameType.PING]);
});

Deno.test("a congested sink gets its next frame only when it is relieved, and no read happens meanwhile", async () => {
  const seen: number[] = [];
  const pings = [1, 2, 3].map((value) => frame(FrameType.PING, value, 0, new Uint8Array(8)));
  let reads = 0;
  const conn = new ScriptedConn(function* () {
    for (const piece of [join(pings[0], pings[1]), pings[2]]) {
      reads++;
      yield piece;
    }
  }());
  let relieve = () => {};
  const sink = {
    congested: true,
    relieved: () => new Promise<void>((resolve) => relieve = resolve),
    onFrame: (_type: number, flags: number) => void seen.push(flags),
  };
  const done = new FrameReader(conn, sink, SIZES, false).run();
  for (let i = 1; i <= 3; i++) {
    await turn();
    assert.deepEqual([seen.length, reads], [i, i === 3 ? 2 : 1]);
    relieve();
  }
  await done;
  assert.deepEqual(seen, [1, 2, 3]);
});
