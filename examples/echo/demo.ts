/**
 * Two processes, one wire: starts an exporter (exporter.ts), calls it the way Jumpstarter's clients do, and says what
 * came back and how long it took.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@jumpstarter/core/grpc";
import { routerStream } from "@jumpstarter/core/stream";
import { ExporterService } from "@jumpstarter/proto/v1";
import { startDeno } from "@jumpstarter/testing/process";

const CALLS = 2_000;
const IN_FLIGHT = 32;
const NUMBERS = 10_000;
const MEBIBYTES = 64;

const ms = (time: number) => time < 1 ? `${(time * 1000).toFixed(0)} µs` : `${time.toFixed(1)} ms`;

/** Runs a step, and prints what it was, what came of it and the time it took. */
async function step(name: string, run: () => Promise<string>): Promise<void> {
  const start = performance.now();
  const result = await run();
  const time = ms(performance.now() - start);
  console.log(`  ${name.padEnd(46)} ${time.padStart(9)}   ${result}`);
}

console.log("An exporter and a client in two processes, gRPC over TCP in between:");
const began = performance.now();
await using exporter = await startDeno(new URL("exporter.ts", import.meta.url));
console.log(`  ${"start the exporter".padEnd(46)} ${ms(performance.now() - began).padStart(9)}`);

await using transport = createGrpcTransport({ address: `127.0.0.1:${exporter.port}` });
const client = createClient(ExporterService, transport);
let uuid = "";

await step("connect and read the tree of drivers", async () => {
  const { reports, motd } = await client.getReport({});
  uuid = reports[0].uuid;
  return `driver '${reports[0].labels["jumpstarter.dev/name"]}'; message of the day: '${motd}'`;
});

/** Calls the driver's method `echo` by name. */
async function echo(value: string): Promise<string> {
  const args = [{ kind: { case: "stringValue", value } as const }];
  const { result } = await client.driverCall({ uuid, method: "echo", args });
  return result?.kind.case === "stringValue" ? result.kind.value : "";
}

await step('call echo("hello")', async () => {
  const answer = await echo("hello");
  assert.equal(answer, "hello");
  return `'${answer}'`;
});

await step(`${CALLS} calls, one after the other`, async () => {
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now();
    await echo("x");
    times.push(performance.now() - start);
  }
  return `half of them within ${ms(times.sort((a, b) => a - b)[CALLS / 2])}`;
});

await step(`${CALLS * 5} calls, ${IN_FLIGHT} in flight`, async () => {
  const start = performance.now();
  let left = CALLS * 5;
  const worker = async () => {
    while (left-- > 0) await echo("x");
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return `${Math.round(CALLS * 5_000 / (performance.now() - start))} calls/s`;
});

await step(`a streaming call that counts to ${NUMBERS}`, async () => {
  const args = [{ kind: { case: "numberValue", value: NUMBERS } as const }];
  let last = 0;
  for await (const { result } of client.streamingDriverCall({ uuid, method: "count", args })) {
    if (result?.kind.case === "numberValue") last = result.kind.value;
  }
  assert.equal(last, NUMBERS);
  return `the last number was ${last}`;
});

await step(`${MEBIBYTES} MiB through a byte stream and back`, async () => {
  const start = performance.now();
  const sent = crypto.getRandomValues(new Uint8Array(64 * 1024));
  const call = transport.raw("/jumpstarter.v1.RouterService/Stream", {
    headers: { request: JSON.stringify({ kind: "driver", uuid, method: "connect" }) },
  });
  const { readable, writable } = routerStream(call);
  const sending = ReadableStream.from((function* () {
    for (let i = 0; i < MEBIBYTES * 16; i++) yield sent.slice();
  })()).pipeTo(writable);
  // Twice in a row, so that any piece of what comes back can be laid beside it.
  const expected = Buffer.concat([sent, sent]);
  let bytes = 0;
  for await (const chunk of readable) {
    const at = bytes % sent.length;
    assert.ok(expected.subarray(at, at + chunk.length).equals(chunk), "other bytes came back");
    bytes += chunk.length;
  }
  await sending;
  assert.equal(bytes, MEBIBYTES * 1024 * 1024);
  return `${Math.round(MEBIBYTES / (performance.now() - start) * 1000)} MiB/s each way`;
});

await step("a call to a driver that is not there", async () => {
  const error = await client.driverCall({ uuid: "nobody", method: "echo" }).catch(
    ConnectError.from,
  );
  assert.ok(error instanceof ConnectError && error.code === Code.NotFound);
  return `refused: ${error.message}`;
});

await transport.drain();
console.log("All answers were right.");
