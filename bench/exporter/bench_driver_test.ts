import assert from "node:assert/strict";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { jobHeader } from "../worker/byte_jobs.ts";
import { Bench } from "./bench_driver.ts";

Deno.test("the bench driver answers by name as the peer's does", async () => {
  await using device = await serveDriver(Bench);
  const { root } = device;
  assert.equal(root.clientClass, "jumpstarter.client.base.DriverClient");
  assert.equal(await root.call("noop"), null);
  assert.deepEqual(await root.call("echo", ["one"]), "one");
  assert.deepEqual(await root.call("echo", [1, { a: [null] }]), [1, { a: [null] }]);
  assert.deepEqual(await root.call("echo"), []);
  assert.equal(await root.call("blob", [5]), "xxxxx");
  assert.equal(await root.call("length", ["a😀"]), 2);
  assert.equal(await root.call("threads"), 1);
  assert.deepEqual(await Array.fromAsync(root.callStreaming("count", [3])), [0, 1, 2]);
  assert.deepEqual(await Array.fromAsync(root.callStreaming("readings", [2])), [
    { voltage: 5, current: 0 },
    { voltage: 5, current: 0.001 },
  ]);
});

Deno.test("the bench driver fails as the peer's does", async () => {
  await using device = await serveDriver(Bench);
  await assert.rejects(device.root.call("fail", ["value", "no volts"]), /no volts/);
  const numbers: unknown[] = [];
  await assert.rejects(async () => {
    for await (const number of device.root.callStreaming("fail_after", [2, "os", "gone"])) {
      numbers.push(number);
    }
  }, /gone/);
  assert.deepEqual(numbers, [0, 1]);
  await assert.rejects(device.root.stream("refuse"), /device busy/);
});

Deno.test("the bench driver counts what was cut short and what is open", async () => {
  await using device = await serveDriver(Bench);
  const { root } = device;
  for await (const tick of root.callStreaming("ticks", [0.001])) if (tick === 2) break;
  await using echo = await root.stream("connect");
  const writer = echo.writable.getWriter();
  await writer.write(new Uint8Array([7]));
  const reader = echo.readable.getReader();
  assert.deepEqual((await reader.read()).value, new Uint8Array([7]));
  assert.deepEqual(await root.call("counters"), { cancelled: 1, streams: 1 });
  await writer.close();
  assert.equal((await reader.read()).done, true);
  assert.deepEqual(await root.call("counters"), { cancelled: 1, streams: 0 });
});

Deno.test("the bench driver takes and gives as many bytes as it is asked to", async () => {
  await using device = await serveDriver(Bench);
  await using sink = await device.root.stream("sink");
  const toSink = sink.writable.getWriter();
  await toSink.write(jobHeader(100_000));
  await toSink.write(new Uint8Array(100_000));
  assert.deepEqual((await sink.readable.getReader().read()).value, new Uint8Array([0x4b]));
  await using source = await device.root.stream("source");
  const toSource = source.writable.getWriter();
  await toSource.write(jobHeader(100_000));
  await toSource.close();
  let received = 0;
  for await (const chunk of source.readable) received += chunk.length;
  assert.equal(received, 100_000);
});
