import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import fc from "fast-check";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { ErrorCode } from "../../http2/mod.ts";
import { gzip } from "../protocol/compression.ts";
import { GrpcServer } from "./server.ts";
import { Peer } from "./testdata/peer.ts";

const PATH = "/jumpstarter.test.v1.EchoService/";
const RAW = "/test.Raw/Stream";

function server(options = {}): GrpcServer {
  return new GrpcServer(options).add(EchoService, {
    echo: ({ text, data }) => ({ text, data }),
    async *count() {
      for (let number = 1; number <= 100; number++) yield { number };
    },
    async sum(requests) {
      let sum = 0n;
      for await (const { number } of requests) sum += number;
      return { sum };
    },
    async *converse(requests) {
      for await (const { text } of requests) yield { text };
    },
  }).addRaw(RAW, async (call) => {
    for (let m = await call.receive(); m !== null; m = await call.receive()) await call.send(m);
  });
}

/** Counts turns of the event loop until it is stopped. */
function countTurns(): () => number {
  let turns = 0;
  let stopped = false;
  const turn = (): void => {
    turns++;
    if (!stopped) setImmediate(turn);
  };
  turn();
  return () => {
    stopped = true;
    return turns;
  };
}

async function stillServes(peer: Peer): Promise<void> {
  assert.equal(await peer.call(PATH + "Echo").send(new Uint8Array(0)).end().status(), null);
}

Deno.test("any payload, in any pieces, ended, reset or left alone, harms no other call", async () => {
  await using peer = new Peer(server({ maxReceiveBytes: 1000 }));
  const path = fc.constantFrom("Echo", "Count", "Sum", "Converse", "Wait").map((name) =>
    PATH + name
  );
  const field = fc.constantFrom(
    ["grpc-encoding", "gzip"],
    ["grpc-timeout", "1m"],
    ["content-type", "application/grpc+json"],
    ["content-type", "application/connect+proto"],
    ["content-type", "application/grpc-web+proto"],
  ) as fc.Arbitrary<[string, string]>;
  const plausible = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.uint8Array({ maxLength: 30 }))
    .map(([flag, body]) => [flag, 0, 0, 0, body.length, ...body]);
  const piece = fc.oneof(plausible, fc.uint8Array({ maxLength: 30 }).map((bytes) => [...bytes]));
  const end = fc.constantFrom("end", "reset", "leave", "trailers");
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(path, fc.constant(RAW)),
      fc.uniqueArray(field, { selector: ([name]) => name, maxLength: 2 }),
      fc.array(piece, { maxLength: 5 }),
      end,
      async (path, fields, pieces, end) => {
        const call = peer.call(path, fields);
        for (const bytes of pieces) call.sendBytes(...bytes);
        if (end === "end") call.end();
        else if (end === "trailers") call.stream.sendTrailers([["x-tail", "1"]]);
        else if (end === "reset") call.stream.reset(ErrorCode.CANCEL);
        await peer.session.ping();
        if (end === "leave") call.stream.reset(ErrorCode.CANCEL);
      },
    ),
    { numRuns: 400 },
  );
  await stillServes(peer);
});

Deno.test("calls that never finish their request do not stop others", async () => {
  await using peer = new Peer(server());
  const open = Array.from({ length: 200 }, () => peer.call(PATH + "Echo").sendBytes(0, 0, 0));
  await stillServes(peer);
  for (const call of open) call.stream.reset(ErrorCode.CANCEL);
});

Deno.test("a report that throws changes nothing", async () => {
  const broken = new GrpcServer({
    onUnexpectedError: () => {
      throw new Error("reporting failed");
    },
  }).add(EchoService, {
    echo: () => {
      throw new Error("x");
    },
  });
  await using peer = new Peer(broken);
  assert.match(
    (await peer.call(PATH + "Echo").send(new Uint8Array(0)).end().status())!.message,
    /internal/,
  );
});

Deno.test("compressed messages that unfold to megabytes leave the event loop its turns", async () => {
  await using peer = new Peer(server());
  const packed = gzip.compress(new Uint8Array(4_000_000));
  const calls = Array.from(
    { length: 40 },
    () => peer.call(PATH + "Sum", [["grpc-encoding", "gzip"]]),
  );
  await peer.session.ping();
  const turns = countTurns();
  for (const call of calls) call.send(packed, 1).end();
  await Promise.all(calls.map((call) => call.closed));
  assert.ok(turns() >= 40);
  await stillServes(peer);
});

Deno.test("a window full of tiny messages leaves the event loop its turns", async () => {
  const go = Promise.withResolvers<void>();
  const turns = Promise.withResolvers<number>();
  const slow = new GrpcServer().add(EchoService, {
    async sum(requests) {
      await go.promise;
      const counted = countTurns();
      let count = 0;
      for await (const _ of requests) count++;
      turns.resolve(counted());
      return { count };
    },
  });
  await using peer = new Peer(slow);
  const call = peer.call(PATH + "Sum");
  call.stream.sendData(null, new Uint8Array(5 * 100_000), true);
  await peer.session.ping();
  go.resolve();
  assert.equal(await call.status(), null);
  assert.ok(await turns.promise >= 300, `${await turns.promise} turns`);
});

Deno.test("a flood of unary calls leaves the event loop its turns", async () => {
  await using peer = new Peer(server());
  await peer.session.ping();
  const turns = countTurns();
  const calls = Array.from(
    { length: 3000 },
    () => peer.call(PATH + "Echo").send(new Uint8Array(0)).end(),
  );
  await Promise.all(calls.map((call) => call.closed));
  assert.ok(turns() >= 10);
});
