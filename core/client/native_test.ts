import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import {
  connect,
  DeviceError,
  driverClient,
  type DriverClientBase,
} from "@jumpstarter/core/client";
import { DeviceInterface } from "@jumpstarter/testing/echo/v1";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { bytesOf, collector, patternBytes } from "./testing/bytes.ts";
import { ClientTestDevice, seen } from "./testing/device.ts";

const Client: DriverClientBase<typeof DeviceInterface> = driverClient(DeviceInterface);
Deno.test("a typed client calls natively what the exporter serves natively", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const client = device.get("", Client);
  assert.deepEqual([...client.node.interfaces], ["jumpstarter.test.v1.DeviceInterface"]);
  await client.nothing();
  assert.equal((await client.greet({ name: "you" })).text, "hello you");
  assert.equal((await client.greet({ name: "you", greeting: "hi" })).text, "hi you");
  const { text, words } = await client.join({ separator: "-", words: ["a", "b"] });
  assert.deepEqual([text, words], ["a-b", 2]);
  const numbers = [];
  for await (const { number } of client.count({ to: 3 })) numbers.push(number);
  assert.deepEqual(numbers, [1, 2, 3]);
  const headers: Headers[] = [];
  await client.nothing({}, { onHeader: (header) => headers.push(header) });
  assert.equal(headers.length, 1);
});

Deno.test("leaving a native stream cancels it on the exporter", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const before = seen.cancelled;
  const client = device.get("", Client);
  for await (const { number } of client.count({ to: 0 })) if (number === 2) break;
  await assert.rejects(
    Array.fromAsync(client.count({ to: 0 }, { timeoutMs: 100 })),
    (error) => error instanceof DeviceError && error.kind === "timeout",
  );
  const late = AbortSignal.timeout(5_000);
  while (seen.cancelled < before + 2) {
    late.throwIfAborted();
    await client.nothing(); // Each answer is a chance for the exporter to have seen the end.
  }
});

Deno.test("errors carry the driver's path, the method, and the status", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const client = device.get("", Client);
  await assert.rejects(client.fail({ error: "", message: "too much" }), (error) => {
    assert.ok(error instanceof DeviceError);
    assert.equal(error.code, Code.ResourceExhausted);
    assert.equal(error.rawMessage, "too much");
    assert.equal(error.method, "Fail");
    return true;
  });
  await assert.rejects(client.missing(), { kind: "not-implemented" });
  await assert.rejects(client.node.call("missing"), { kind: "not-implemented" });
  await assert.rejects(client.node.call("greet", []), { kind: "misuse" });
});

Deno.test("files go up and come down, and the last byte is waited for", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const client = device.get("", Client);
  const data = patternBytes(1_000_000);
  const reports: number[] = [];
  const taken = await client.node.withUpload(
    new Blob([data]).stream(),
    (source) => client.take({ source }),
    { size: data.length, onProgress: ({ bytes }) => reports.push(bytes) },
  );
  assert.equal(taken.bytes, 1_000_000n);
  assert.equal(reports.at(-1), 1_000_000);
  for (const bytes of [0, 1, 500_000]) {
    const sink = collector();
    await client.node.withDownload(
      sink.writable,
      (target) => client.give({ target, bytes: BigInt(bytes) }),
    );
    assert.equal(sink.bytes().length, bytes);
  }
});

Deno.test("a sink that takes no more ends the download and the call", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const client = device.get("", Client);
  let taken = 0;
  const full = new WritableStream<Uint8Array>({
    write(chunk): void {
      taken += chunk.length;
      if (taken > 100_000) throw new Error("No space left on device");
    },
  });
  await assert.rejects(
    client.node.withDownload(full, (target) => client.give({ target, bytes: 50_000_000n })),
    /No space left on device/,
  );
  assert.equal((await client.greet({ name: "still here" })).text, "hello still here");
});

Deno.test("a download whose call fails says why", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const client = device.get("", Client);
  const sink = collector();
  await assert.rejects(
    client.node.withDownload(sink.writable, () => client.fail({ error: "", message: "worn out" })),
    { rawMessage: "worn out" },
  );
  assert.ok(sink.aborted());
});

Deno.test("a transfer ends with its signal", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const client = device.get("", Client);
  const stop = new AbortController();
  const endless = new ReadableStream<Uint8Array>({
    pull(controller): void {
      controller.enqueue(new Uint8Array(10_000));
      stop.abort();
    },
  });
  await assert.rejects(
    client.node.withUpload(endless, (source, signal) => client.take({ source }, { signal }), {
      signal: stop.signal,
    }),
  );
  assert.equal((await client.greet({ name: "still here" })).text, "hello still here");
});

Deno.test("a byte stream ends on the exporter when both directions have, or the client goes", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const client = device.get("", Client);
  const before = seen.streamsEnded;
  {
    await using stream = await client.connect();
    const sent = patternBytes(200_000);
    const writer = stream.writable.getWriter();
    const writing = writer.write(sent).then(() => writer.close());
    assert.deepEqual(await bytesOf(stream.readable), sent);
    await writing;
  }
  {
    await using stream = await client.connect();
    const writer = stream.writable.getWriter();
    await writer.write(new Uint8Array(10));
    writer.releaseLock();
  }
  const late = AbortSignal.timeout(5_000);
  while (seen.streamsEnded < before + 2) {
    late.throwIfAborted();
    await client.nothing();
  }
});

Deno.test("descriptors that a client does not have come by reflection", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const [service] = await device.describe(["jumpstarter.test.v1.DeviceInterface"]);
  assert.deepEqual(
    service.methods.map(({ name }) => name),
    DeviceInterface.methods.map(({ name }) => name),
  );
  await assert.rejects(device.describe(["nobody.knows.This"]), /Cannot describe services/);
});

Deno.test("a connection opens on anything that carries bytes", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const path = device.address.replace(/^unix:/, "");
  await using second = await connect({
    host: () => Deno.connect({ transport: "unix", path }),
  });
  assert.equal((await second.get("", Client).greet({ name: "you" })).text, "hello you");
});

Deno.test("an exporter that is not there, or silent, is told in time", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(connect({ host: `${folder}/none` }), { kind: "unreachable" });
    using silent = Deno.listen({ transport: "unix", path: `${folder}/silent` });
    await assert.rejects(connect({ host: `${folder}/silent`, timeoutMs: 100 }), (error) => {
      assert.ok(error instanceof DeviceError);
      assert.ok(["timeout", "unreachable"].includes(error.kind), error.kind);
      return true;
    });
    const signal = AbortSignal.timeout(50);
    await assert.rejects(connect({ host: `${folder}/silent`, signal }));
    assert.ok(silent);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
