// Random frames, some of them spoilt, against both ends. HTTP2_SEED repeats a run, HTTP2_FUZZ_MS makes it longer.
import assert from "node:assert/strict";
import type { Http2Stream, StreamHandler } from "./api.ts";
import { connectHttp2 } from "./client.ts";
import { CLIENT_PREFACE } from "./frames.ts";
import { serveHttp2 } from "./server.ts";
import { OK } from "./testing/answers.ts";
import { testAttack } from "./testing/attack.ts";
import { Call } from "./testing/call.ts";
import { clientHello, join, settingsFrame } from "./testing/frame_bytes.ts";
import { FrameMill } from "./testing/frame_mill.ts";
import { HandlerLedger } from "./testing/handler_ledger.ts";
import { judgeOutput } from "./testing/output_judge.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { ScriptedConn } from "./testing/scripted_conn.ts";
import { chooseSeed, Random, withSeed } from "./testing/seed.ts";

const BUDGET_MS = Number(Deno.env.get("HTTP2_FUZZ_MS") ?? 5_000);

/** Runs `round` with one seed after the other until the time is up; unhandled rejections are blamed on their seed. */
async function fuzz(round: (random: Random) => Promise<void>): Promise<void> {
  const first = chooseSeed();
  let unhandled: unknown;
  const blame = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled = event.reason;
  };
  globalThis.addEventListener("unhandledrejection", blame);
  try {
    const end = performance.now() + BUDGET_MS;
    for (let seed = first; performance.now() < end; seed++) {
      await withSeed(seed, async (random) => {
        await round(random);
        assert.equal(unhandled, undefined);
      });
    }
  } finally {
    globalThis.removeEventListener("unhandledrejection", blame);
  }
}

/** A connection that brings `bytes` in random pieces, and keeps what is written. */
function feed(random: Random, bytes: Uint8Array): { conn: ScriptedConn; written: Uint8Array[] } {
  const largest = random.pick([1, 9, 100, 5_000, 100_000]);
  const conn = new ScriptedConn(
    function* () {
      for (let at = 0; at < bytes.length;) {
        const size = 1 + random.below(largest);
        yield bytes.subarray(at, at += size);
      }
    }(),
    { chunks: random.oneIn(4) },
  );
  const written: Uint8Array[] = [];
  conn.write = async (p) => {
    const count = random.oneIn(3) ? 1 + random.below(p.length) : p.length;
    written.push(p.slice(0, count));
    if (random.oneIn(4)) await Promise.resolve();
    return count;
  };
  return { conn, written };
}

/** Does something to its stream, or nothing. */
function act(random: Random, stream: Http2Stream, server: boolean): void {
  switch (random.below(9)) {
    case 0:
      if (server) return stream.sendInformational([[":status", "103"]]);
      break;
    case 1:
    case 2:
      if (server) stream.sendHeaders(OK, random.oneIn(3));
      stream.sendData(null, new Uint8Array(random.below(30_000)), random.oneIn(3));
      break;
    case 3:
      if (server) stream.sendHeaders(OK);
      return stream.sendTrailers([["x", "y"]]);
    case 4:
      return stream.reset(random.below(14));
    case 5:
      return stream.consume(random.below(100_000));
    case 6:
      if (random.oneIn(20)) throw new Error("a careless handler");
  }
}

Deno.test("a server survives any frames: each connection goes on or ends, every stream gets its onClose", async () => {
  await fuzz(async (random) => {
    const mill = new FrameMill(random, "client", random.pick([3, 30, 300, 1e9]));
    const bytes = join(clientHello(), mill.frames(random.below(random.oneIn(9) ? 2_000 : 100)));
    const { conn, written } = feed(random, bytes);
    const ledger = new HandlerLedger();
    const session = serveHttp2(conn, (stream) => {
      act(random, stream, true);
      const again = () => act(random, stream, true);
      const handler: StreamHandler = { onData: again, onWritable: again, onClose() {} };
      if (random.oneIn(2)) handler.onTrailers = again;
      return ledger.watch(handler, `stream ${stream.id}`);
    }, { maxConcurrentStreams: 50, streamWindow: 20_000 });
    if (random.oneIn(30)) void session.drain();
    await session.closed;
    assert.equal(session.activeStreams, 0);
    ledger.assertSettled();
    judgeOutput(join(...written), 0);
  });
});

Deno.test("a client survives any frames: its calls end, and it ends with the connection", async () => {
  await fuzz(async (random) => {
    const mill = new FrameMill(random, "server", random.pick([3, 30, 300, 1e9]));
    const frames = mill.frames(random.below(random.oneIn(9) ? 2_000 : 100));
    const { conn, written } = feed(random, join(settingsFrame([3, 20]), frames));
    const ledger = new HandlerLedger();
    const client = connectHttp2(conn, { streamWindow: 20_000 });
    const calls: Call[] = [];
    const open = () => {
      if (!client.accepting || calls.length > 100) return;
      const call = new Call(client, {
        body: random.oneIn(2) ? undefined : new Uint8Array(random.below(30_000)),
        hold: random.oneIn(3),
        ledger,
      });
      calls.push(call);
      const again = () => act(random, call.stream, false);
      call.whenData = again;
      call.whenWritable = again;
      void call.over.then(open);
      void call.answered.then(again).catch(() => {});
    };
    for (let i = random.below(40); i >= 0; i--) open();
    if (random.oneIn(30)) void client.drain();
    await client.closed;
    for (const call of calls) await call.over;
    assert.equal(client.activeStreams, 0);
    ledger.assertSettled();
    judgeOutput(join(...written), CLIENT_PREFACE.length);
  });
});

testAttack(
  "random frames on many connections at once leave other clients alone",
  async (server) => {
    const end = performance.now() + BUDGET_MS / 2;
    const lane = async (seed: number) => {
      for (; performance.now() < end; seed += 1_000) {
        await withSeed(seed, async (random) => {
          await using peer = await RawPeer.client(server.port);
          const spoilOneIn = random.pick([10, 100, 1e9]);
          const mill = new FrameMill(random, "client", spoilOneIn);
          while (!peer.goneAway && !random.oneIn(10)) await peer.flood(mill.frames(50), 1);
          // Behind a frame cut short, a PING is taken for the rest of that frame and never answered.
          if (spoilOneIn === 1e9) await peer.roundTrip().catch(() => {});
        });
      }
    };
    const first = chooseSeed();
    await Promise.all([0, 1, 2, 3].map((i) => lane(first + i)));
  },
  {
    onStream: (stream) => {
      const random = new Random(stream.id);
      act(random, stream, true);
      const again = () => act(random, stream, true);
      return { onData: again, onTrailers: again, onWritable: again, onClose() {} };
    },
  },
);
