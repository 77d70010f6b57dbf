// Busy clients in good order: no limit that is meant for attackers may hit them.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { Flag, FrameType } from "./frames.ts";
import { answerAtEnd, answerOpen, echo, source } from "./testing/answers.ts";
import { requestFields } from "./testing/call.ts";
import { headersFrame, join, settingsFrame, windowUpdateFrame } from "./testing/frame_bytes.ts";
import { growthSince, memoryInUse } from "./testing/memory.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { TestServer } from "./testing/test_server.ts";

Deno.test("200,000 calls on one connection leave nothing behind", async () => {
  await using pair = await SessionPair.open({ onStream: answerAtEnd });
  await pair.client.ready;
  const fields = Object.freeze([...requestFields("/", "POST")]);
  const body = new Uint8Array(20);
  const lane = async (calls: number) => {
    for (let i = 0; i < calls; i++) {
      assert.equal(await pair.call({ fields, body, forget: true }).over, null);
    }
  };
  const lanes = (calls: number) => Promise.all(Array.from({ length: 20 }, () => lane(calls / 20)));
  await lanes(20_000);
  pair.serverStreams.length = 0;
  const before = memoryInUse();
  await lanes(180_000);
  assert.equal(pair.serverStreams.length, 180_000);
  pair.serverStreams.length = 0;
  const growth = growthSince(before, 4 << 20);
  assert.ok(growth < 4 << 20, `${growth >>> 10} KiB`);
});

Deno.test("5,000 streams cancelled by the client once they were answered", async () => {
  await using pair = await SessionPair.open({ onStream: answerOpen });
  await pair.client.ready;
  const lane = async () => {
    for (let i = 0; i < 500; i++) {
      const call = pair.call({ body: undefined });
      await call.answered;
      call.stream.reset(ErrorCode.CANCEL);
      await call.over;
    }
  };
  await Promise.all(Array.from({ length: 10 }, lane));
  assert.equal(pair.client.activeStreams, 0);
  assert.equal(await pair.client.ping() >= 0, true);
  assert.equal(pair.server.activeStreams, 0);
});

Deno.test("5,000 streams reset by the server", async () => {
  await using pair = await SessionPair.open({
    onStream(stream, fields, end) {
      if (fields[2][1] === "/end") return answerAtEnd(stream, fields, end);
      stream.reset(ErrorCode.CANCEL);
      return { onData() {}, onClose() {} };
    },
  });
  for (let i = 0; i < 5_000; i++) {
    assert.equal((await pair.call({ body: undefined }).over)?.code, ErrorCode.CANCEL);
  }
  assert.equal(await pair.call({ fields: requestFields("/end") }).over, null);
});

/** Takes a download of 100 MB, and gives windows back as `update` says for every piece of DATA. */
async function download(
  update: (octets: number) => Uint8Array,
  maxFrameSize: number,
): Promise<void> {
  await using server = new TestServer(source);
  await using peer = await RawPeer.client(server.port);
  await peer.send(settingsFrame([4, 1 << 20], [5, maxFrameSize]), windowUpdateFrame(0, 1 << 20));
  await peer.send(headersFrame(1, requestFields("/100000000"), true));
  for (;;) {
    const { payload, flags } = await peer.next(FrameType.DATA, 1);
    if (flags & Flag.END_STREAM) return;
    await peer.send(update(payload.length));
  }
}

for (const maxFrameSize of [16_384, 1 << 20]) {
  Deno.test(`a reader that gives both windows back for every frame of up to ${maxFrameSize}`, async () => {
    await download(
      (octets) => join(windowUpdateFrame(0, octets), windowUpdateFrame(1, octets)),
      maxFrameSize,
    );
  });

  Deno.test(`a reader that gives both windows back every 4 KiB, as Go does, of frames up to ${maxFrameSize}`, async () => {
    await download((octets) => {
      const parts: Uint8Array[] = [];
      for (; octets > 0; octets -= 4_096) {
        const part = Math.min(octets, 4_096);
        parts.push(windowUpdateFrame(1, part), windowUpdateFrame(0, part));
      }
      return join(...parts);
    }, maxFrameSize);
  });
}

Deno.test("a thousand PINGs between calls, and a thousand SETTINGS", async () => {
  await using server = new TestServer(answerAtEnd);
  await using peer = await RawPeer.client(server.port);
  for (let i = 0; i < 1_000; i++) {
    const id = 2 * i + 1;
    await peer.send(settingsFrame([3, 100 + i]), headersFrame(id, requestFields("/"), true));
    await peer.roundTrip();
    await peer.next(FrameType.HEADERS, id);
    await peer.next(FrameType.SETTINGS);
  }
});

Deno.test("pings as fast as they are answered, beside calls, from both ends", async () => {
  await using pair = await SessionPair.open({ onStream: echo });
  await pair.client.ready;
  for (let i = 0; i < 5_000; i++) {
    await Promise.all([pair.client.ping(), pair.server.ping()]);
    if (i % 10 === 0) assert.equal(await pair.call({ body: new Uint8Array(9) }).over, null);
  }
});

Deno.test("a stream of 300,000 small messages each way", async () => {
  await using pair = await SessionPair.open({ onStream: echo });
  await pair.client.ready;
  const call = pair.call({ body: undefined, forget: true });
  let left = 300_000;
  const head = new Uint8Array(5);
  const body = new Uint8Array(16);
  const write = () => {
    let room = true;
    while (room && left > 0) room = call.stream.sendData(head, body, --left === 0);
  };
  call.whenWritable = write;
  write();
  assert.equal(await call.over, null);
  assert.equal(call.received, 300_000 * 21);
});
