import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { fromBinary } from "@bufbuild/protobuf";
import { EchoRequestSchema } from "@jumpstarter/testing/echo/v1";
import { ErrorCode, type OnStream } from "../../http2/mod.ts";
import {
  answering,
  echoClient,
  framed,
  OK,
  onRequest,
  RESPONSE,
  type Scripted,
  scripted,
  until,
} from "./fixture_test.ts";

/** The same sequence for the same seed (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
}

interface Trouble {
  /** Chance that a stream is refused, of 1. */
  refuse: number;
  /** Chance that a stream makes the server send GOAWAY and finish what it has. */
  drain: number;
  /** Chance that a stream makes the server close its connection at once. */
  drop: number;
}

/**
 * Counts handler runs by the request's text, and makes trouble before them. `idle` is when no timer of the server's is left:
 * a client whose connection was dropped does not wait for the handlers of its calls.
 */
function troubled(
  seed: number,
  trouble: Trouble,
): { peer: Scripted; runs: Map<string, number>; idle: () => Promise<void> } {
  const next = random(seed);
  let timers = 0;
  const later = (run: () => void, ms: number): void => {
    timers++;
    setTimeout(() => {
      timers--;
      run();
    }, ms);
  };
  const runs = new Map<string, number>();
  const onStream: OnStream = (stream, _fields, endStream) => {
    const dice = next();
    if (dice < trouble.refuse) {
      queueMicrotask(() => stream.reset(ErrorCode.REFUSED_STREAM));
      return { onData(): void {}, onClose(): void {} };
    }
    if (dice < trouble.refuse + trouble.drain) void peer.sessions.at(-1)!.drain();
    else if (dice < trouble.refuse + trouble.drain + trouble.drop) {
      later(() => peer.sessions.at(-1)!.close(), 0);
    }
    return onRequest(stream, endStream, (request) => {
      const { text } = fromBinary(EchoRequestSchema, request.subarray(5));
      runs.set(text, (runs.get(text) ?? 0) + 1);
      later(() => {
        stream.sendHeaders(RESPONSE);
        stream.sendData(null, request, false);
        stream.sendTrailers(OK);
      }, next() < 0.2 ? 2 : 0);
    });
  };
  const peer = scripted(onStream);
  return { peer, runs, idle: () => until(() => timers === 0, "the server's timers ended") };
}

/** Makes `count` calls, `atOnce` of them at a time; returns the failures. */
async function callMany(peer: Scripted, count: number, atOnce: number): Promise<Map<string, Code>> {
  const client = echoClient(peer.transport);
  const failures = new Map<string, Code>();
  let next = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (next < count) {
      const text = String(next++);
      try {
        assert.equal((await client.echo({ text })).text, text);
      } catch (error) {
        assert.ok(error instanceof ConnectError, String(error));
        failures.set(text, error.code);
      }
    }
  }));
  return failures;
}

for (const seed of [1, 2, 3]) {
  Deno.test(`no call is lost or doubled by a server that refuses and drains at random (seed ${seed})`, async () => {
    const { peer, runs, idle } = troubled(seed, { refuse: 0.1, drain: 0.03, drop: 0 });
    await using _ = peer;
    const failures = await callMany(peer, 1500, 40);
    await idle();
    assert.deepEqual([...failures], []);
    assert.equal(runs.size, 1500);
    for (const [text, count] of runs) assert.equal(count, 1, text);
    assert.ok(peer.sessions.length > 5, String(peer.sessions.length));
  });

  Deno.test(
    `no call is doubled by a server that drops connections at random (seed ${seed})`,
    async () => {
      const { peer, runs, idle } = troubled(seed, { refuse: 0.05, drain: 0.02, drop: 0.02 });
      await using _ = peer;
      const failures = await callMany(peer, 1500, 40);
      await idle();
      for (const [text, count] of runs) assert.equal(count, 1, text);
      for (let i = 0; i < 1500; i++) {
        const text = String(i);
        if (!failures.has(text)) assert.equal(runs.get(text), 1, text);
        else assert.equal(failures.get(text), Code.Unavailable, text);
      }
      assert.ok(failures.size > 0 && failures.size < 1500, String(failures.size));
    },
  );
}

Deno.test("a call that is refused again and again fails after a few times", async () => {
  let streams = 0;
  await using peer = scripted((stream) => {
    streams++;
    queueMicrotask(() => stream.reset(ErrorCode.REFUSED_STREAM));
    return { onData(): void {}, onClose(): void {} };
  });
  await assert.rejects(
    echoClient(peer.transport).echo({}),
    (error: ConnectError) => error.code === Code.Unavailable,
  );
  assert.equal(streams, 6);
});

Deno.test("a streaming request is sent again only while nothing of it was sent", async () => {
  let streams = 0;
  await using peer = scripted((stream) => {
    if (++streams === 1) queueMicrotask(() => stream.reset(ErrorCode.REFUSED_STREAM));
    return {
      onData(_data, end): void {
        if (!end) return stream.reset(ErrorCode.REFUSED_STREAM);
        stream.sendHeaders(RESPONSE);
        stream.sendData(null, framed([]), false);
        stream.sendTrailers(OK);
      },
      onClose(): void {},
    };
  });
  const client = echoClient(peer.transport);
  // Its first message comes when the second stream is open: nothing was sent on the first.
  const late = async function* (): AsyncGenerator<{ number: bigint }> {
    await until(() => streams === 2, "the call was sent again");
    yield* [];
  };
  await client.sum(late());
  assert.equal(streams, 2);
  const one = async function* (): AsyncGenerator<{ number: bigint }> {
    yield { number: 1n };
    await new Promise(() => {});
  };
  await assert.rejects(
    client.sum(one()),
    (error: ConnectError) => error.code === Code.Unavailable,
  );
  assert.equal(streams, 3);
});

Deno.test("a call that waits for its turn is not lost when the server drains", async () => {
  await using peer = scripted(
    answering((stream) => {
      setTimeout(() => {
        stream.sendHeaders(RESPONSE);
        stream.sendData(null, framed([]), false);
        stream.sendTrailers(OK);
        if (peer.sessions.length < 3) void peer.sessions.at(-1)!.drain();
      }, 1);
    }),
    {},
    { maxConcurrentStreams: 2 },
  );
  const client = echoClient(peer.transport);
  await Promise.all(Array.from({ length: 50 }, () => client.echo({})));
  assert.ok(peer.sessions.length >= 3);
});
