// Whole random sessions of the python package h2, as a client, with our server. HTTP2_SEED repeats a run.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { startProcess } from "@jumpstarter/testing/process";
import { requireTool, testWith } from "@jumpstarter/testing/tool";
import type { Http2Options, Http2Stream, StreamHandler } from "./api.ts";
import { ErrorCode } from "./errors.ts";
import { type FieldList, fieldValue } from "./fields.ts";
import { OK } from "./testing/answers.ts";
import { LineChannel } from "./testing/line_channel.ts";
import { chooseSeed, type Random, withSeed } from "./testing/seed.ts";
import { TestServer } from "./testing/test_server.ts";

const BUDGET_MS = Number(Deno.env.get("HTTP2_FUZZ_MS") ?? 8_000);
const PEER = new URL("./testdata/h2_peer.py", import.meta.url);

/** Sends the body back and says in trailers what it was; `/reset` is reset in the middle, `/early` gets a 103 first. */
function answer(stream: Http2Stream, fields: FieldList, endStream: boolean): StreamHandler {
  const path = fieldValue(fields, ":path");
  const hash = createHash("sha256");
  let held = 0;
  if (path === "/early") stream.sendInformational([[":status", "103"], ["link", "</x>"]]);
  stream.sendHeaders([...OK, ["x-fat", fieldValue(fields, "x-fat")!]]);
  const finish = () => stream.sendTrailers([["x-request-hash", hash.digest("hex")]]);
  const release = () => {
    const octets = held;
    held = 0;
    stream.consume(octets);
  };
  const reset = () => stream.reset(ErrorCode.INTERNAL_ERROR);
  if (endStream) path === "/reset" ? reset() : finish();
  return {
    onData(data, end) {
      if (path === "/reset") return reset();
      hash.update(data);
      held += data.length;
      if (stream.sendData(null, data, false)) release();
      if (end) finish();
    },
    onTrailers: () => path === "/reset" ? reset() : finish(),
    onWritable: release,
    onClose() {},
  };
}

/** Options that make sessions differ. */
function someOptions(random: Random): Http2Options {
  return {
    streamWindow: random.pick([1_000, 65_535, 1 << 20]),
    connectionWindow: random.pick([65_535, 1 << 20]),
    maxFrameSize: random.pick([16_384, 1 << 20]),
  };
}

testWith(
  "python's h2, as a client, agrees with our server on every octet",
  ["python"],
  async () => {
    await using channel = LineChannel.listen();
    await using _ = await startProcess(requireTool("python"), {
      args: [PEER.pathname, "client", String(channel.port)],
    });
    const end = performance.now() + BUDGET_MS;
    for (let seed = chooseSeed(); performance.now() < end; seed++) {
      await withSeed(seed, async (random) => {
        await using server = new TestServer(answer, someOptions(random));
        await channel.send({ port: server.port, seed });
        const { error } = await channel.receive() as { error: string | null };
        assert.equal(error, null);
      });
    }
  },
);
