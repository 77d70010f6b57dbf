// Whole random sessions of our client with a server made of the python package h2. HTTP2_SEED repeats a run.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { startProcess } from "@jumpstarter/testing/process";
import { requireTool, testWith } from "@jumpstarter/testing/tool";
import type { Http2ClientSession } from "./api.ts";
import { connectHttp2 } from "./client.ts";
import { ErrorCode } from "./errors.ts";
import { fieldValue } from "./fields.ts";
import { Call, requestFields } from "./testing/call.ts";
import { HandlerLedger } from "./testing/handler_ledger.ts";
import { chooseSeed, type Random, withSeed } from "./testing/seed.ts";
import { connectTcp } from "./testing/tcp_pair.ts";

const BUDGET_MS = Number(Deno.env.get("HTTP2_FUZZ_MS") ?? 8_000);
const PEER = new URL("./testdata/h2_peer.py", import.meta.url);

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** One request as random as the peer's script understands it, checked to its end. */
async function exchange(
  client: Http2ClientSession,
  random: Random,
  ledger: HandlerLedger,
): Promise<void> {
  const body = random.octets(random.pick([0, 1, 500, 20_000, random.below(200_000)]));
  const length = random.pick([0, 1, 300, 70_000, random.below(200_000)]);
  const trailers = random.oneIn(2);
  const early = random.oneIn(5);
  const reset = random.oneIn(8);
  const cancel = random.oneIn(8);
  const fields = [
    ...requestFields("/", "POST"),
    ["x-seed", `${random.bits()}`] as const,
    ["x-body", `${length}`] as const,
    ["x-fat", `${random.pick([0, 10, 3_000, 20_000])}`] as const,
    ...(trailers ? [["x-trailers", "1"] as const] : []),
    ...(early ? [["x-early", "1"] as const] : []),
    ...(reset ? [["x-reset", `${random.below(length + 1)}`] as const] : []),
    ...(random.oneIn(3) ? [["content-length", `${body.length}`] as const] : []),
  ];
  const call = new Call(client, { fields, body: undefined, hold: random.oneIn(2), ledger });
  const cancelAfter = random.below(length + 1);
  call.whenData = () => {
    if (cancel && call.received >= cancelAfter) call.stream.reset(ErrorCode.CANCEL);
    // Late, and in one go.
    if (call.held > 0 && random.oneIn(2)) void client.ping().then(() => call.release(), () => {});
    else call.release();
  };
  let at = 0;
  const write = () => {
    for (let room = true; room && at < body.length;) {
      const size = random.pick([1, 1_000, 70_000]);
      room = call.stream.sendData(null, body.subarray(at, at + size), false);
      at += size;
    }
    if (at < body.length) return;
    if (random.oneIn(2)) call.stream.sendData(null, null, true);
    else call.stream.sendTrailers([["x-trailer", "1"]]);
  };
  call.whenWritable = write;
  write();
  const error = await call.over;
  if (error === null) {
    assert.equal(fieldValue(call.headers!, "x-hash"), sha256(call.body));
    assert.equal(call.received, length);
    assert.equal(call.informational.length, early ? 1 : 0);
    if (trailers) assert.equal(fieldValue(call.trailers!, "x-request-hash"), sha256(body));
  } else if (error.code === ErrorCode.INTERNAL_ERROR) assert.ok(reset && error.remote);
  else assert.ok(cancel && error.code === ErrorCode.CANCEL && !error.remote, String(error));
}

testWith(
  "python's h2, as a server, agrees with our client on every octet",
  ["python"],
  async () => {
    await using server = await startProcess(requireTool("python"), {
      args: [PEER.pathname, "server"],
    });
    const end = performance.now() + BUDGET_MS;
    for (let seed = chooseSeed(); performance.now() < end; seed++) {
      await withSeed(seed, async (random) => {
        const ledger = new HandlerLedger();
        const client = connectHttp2(await connectTcp(server.port), {
          streamWindow: random.pick([1_000, 65_535, 1 << 20]),
          connectionWindow: random.pick([65_535, 1 << 20]),
          maxFrameSize: random.pick([16_384, 1 << 20]),
        });
        let left = random.pick([1, 10, 60]);
        const lane = async () => {
          while (left-- > 0) await exchange(client, random, ledger);
        };
        await Promise.all(Array.from({ length: random.pick([1, 5, 30]) }, lane));
        await client.drain();
        assert.equal(await client.closed, null);
        ledger.assertSettled();
        assert.doesNotMatch(server.output, /ERROR/);
      });
    }
  },
);
