import assert from "node:assert/strict";
import type { DriverClientBase } from "@jumpstarter/core/client";
import { connect, DeviceError, driverClient, presignedHandle } from "@jumpstarter/core/client";
import { PowerInterface } from "@jumpstarter/proto/driver/power/v1";
import { ExporterStatus } from "@jumpstarter/proto/v1";
import { compressor, ENCODINGS } from "../stream/mod.ts";
import { bytesOf, collector, patternBytes } from "./testing/bytes.ts";
import { testWithUpstream } from "./testing/upstream_peer.ts";

const PowerClient: DriverClientBase<typeof PowerInterface> = driverClient(PowerInterface);

testWithUpstream("our client uses upstream's exporter", async (t, { address, storage }) => {
  await using device = await connect({ host: address });

  await t.step("its tree has every path, a proxy's too", () => {
    const paths = device.drivers.map((driver) => driver.path);
    assert.equal(
      paths.join(" "),
      " power serial echo tcp refused storage memory flasher mux shell dut dut.power dut.inner " +
        "dut.inner.power dut.inner.console alias",
    );
    assert.equal(device.find("alias").uuid, device.find("dut.inner.power").uuid);
    assert.equal(device.find("power").description, "mock power");
    assert.deepEqual(device.find("power").methodsDescription, { cycle: "off, wait, on" });
    assert.equal(device.find("power").clientClass, "jumpstarter_driver_power.client.PowerClient");
    assert.throws(() => device.find("dut.iner.power"), /did you mean 'dut\.inner\.power'/);
  });

  await t.step("a typed client calls by name", async () => {
    for (const path of ["power", "dut.power", "dut.inner.power", "alias"]) {
      const power = device.get(path, PowerClient);
      await power.on();
      const readings = [];
      for await (const { voltage, current } of power.read()) readings.push([voltage, current]);
      assert.deepEqual(readings, [[0, 0], [5, 2]]);
    }
  });

  await t.step("a byte stream ends one direction after the other", async () => {
    const sent = patternBytes(300_000);
    for (const path of ["echo", "tcp"]) {
      await using stream = await device.find(path).stream();
      const writer = stream.writable.getWriter();
      const writing = writer.write(sent).then(() => writer.close());
      assert.deepEqual(await bytesOf(stream.readable), sent, path);
      await writing;
    }
  });

  await t.step("32 streams carry their own bytes", async () => {
    const node = device.find("echo");
    await Promise.all(Array.from({ length: 32 }, async (_, n) => {
      await using stream = await node.stream();
      const writer = stream.writable.getWriter();
      const sent = new Uint8Array(50_000).fill(n);
      void writer.write(sent).then(() => writer.close());
      assert.deepEqual(await bytesOf(stream.readable), sent);
    }));
  });

  await t.step("a stream ends with its signal", async () => {
    const ended = new AbortController();
    const stream = await device.find("echo").stream("connect", { signal: ended.signal });
    const read = stream.readable.getReader().read();
    ended.abort();
    await assert.rejects(read, { code: 1 });
    await stream[Symbol.asyncDispose]();
  });

  await t.step("an upload arrives decompressed, whatever it is compressed with", async () => {
    const data = patternBytes(1_000_017);
    const node = device.find("flasher");
    for (const encoding of [undefined, ...ENCODINGS]) {
      const source: ReadableStream<Uint8Array> = encoding === undefined
        ? new Blob([data]).stream()
        : new Blob([data]).stream().pipeThrough(compressor(encoding) as never);
      let last = 0;
      await node.withUpload(
        source,
        (handle) => node.call("flash", [JSON.parse(handle), encoding ?? "none"]),
        { encoding, onProgress: ({ bytes }) => last = bytes },
      );
      assert.ok(last > 0, `progress of ${encoding}`);
      const sink = collector();
      await node.withDownload(
        sink.writable,
        (handle) => node.call("dump", [JSON.parse(handle), encoding ?? "none"]),
      );
      assert.deepEqual(sink.bytes(), data, encoding);
    }
  });

  await t.step("an upload that the driver does not read is cancelled", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => void (cancelled = true),
    });
    const node = device.find("storage");
    await assert.rejects(
      node.withUpload(endless, () => node.call("stat", ["nothing-there"])),
      (error) => error instanceof DeviceError && error.kind === "device",
    );
    assert.ok(cancelled);
  });

  await t.step("an upload whose source fails says why", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller): void {
        controller.enqueue(new Uint8Array(1000));
        controller.error(new Error("the disk is gone"));
      },
    }, { highWaterMark: 0 });
    const node = device.find("flasher");
    await assert.rejects(
      node.withUpload(broken, (handle) => node.call("flash", [JSON.parse(handle), "broken"])),
      /the disk is gone/,
    );
  });

  await t.step("a presigned handle makes the exporter fetch the file", async () => {
    const data = patternBytes(70_000);
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => new Response(data),
    );
    const url = `http://127.0.0.1:${server.addr.port}/image?signature=%2B`;
    const node = device.find("flasher");
    const handle = presignedHandle({ url, method: "GET" });
    await node.call("flash", [JSON.parse(handle), "presigned"]);
    const sink = collector();
    await node.withDownload(
      sink.writable,
      (handle) => node.call("dump", [JSON.parse(handle), "presigned"]),
    );
    assert.deepEqual(sink.bytes(), data);
  });

  await t.step("a download that fails aborts its file", async () => {
    const node = device.find("flasher");
    const sink = collector();
    await assert.rejects(
      node.withDownload(
        sink.writable,
        (handle) => node.call("dump", [JSON.parse(handle), "never-flashed"]),
      ),
      (error) => error instanceof DeviceError,
    );
    assert.ok(sink.aborted());
  });

  await t.step("leaving a loop over a server stream cancels the call", async () => {
    const shell = device.find("shell");
    const marker = `${storage}/ticking`;
    for await (const item of shell.callStreaming("call_method", ["ticks", {}])) {
      assert.match(String((item as unknown[])[0]), /^tick/);
      break;
    }
    await Deno.writeTextFile(marker, ""); // The exporter still answers.
    assert.deepEqual(await shell.call("get_methods"), ["hello", "env", "fails", "ticks"]);
  });

  await t.step("each kind of failure is told", async () => {
    const kindOf = async (run: () => Promise<unknown>): Promise<string> => {
      try {
        await run();
      } catch (error) {
        if (error instanceof DeviceError) return error.kind;
        throw error;
      }
      return "none";
    };
    const power = device.find("power");
    assert.equal(await kindOf(() => power.call("nothing")), "not-implemented");
    assert.equal(await kindOf(() => device.find("refused").call("address")), "misuse");
    assert.equal(await kindOf(() => power.call("on", [1, 2])), "device");
    assert.equal(await kindOf(() => readOnce(device.find("refused").stream())), "device");
    const aborted = AbortSignal.abort();
    assert.equal(await kindOf(() => power.call("on", [], { signal: aborted })), "cancelled");
    const ticks = device.find("shell").callStreaming("call_method", ["ticks", {}], {
      timeoutMs: 300,
    });
    assert.equal(await kindOf(() => Array.fromAsync(ticks)), "timeout");
  });

  await t.step("logs and status are read", async () => {
    assert.equal((await device.status()).status, ExporterStatus.LEASE_READY);
    await device.find("power").call("on");
    const ended = new AbortController();
    for await (const entry of device.logs({ signal: ended.signal })) {
      if (entry.message !== "power on") continue;
      assert.equal(entry.origin, "driver");
      assert.equal(entry.level, "info");
      break;
    }
    for await (const { status } of device.statusChanges()) {
      assert.equal(status, ExporterStatus.LEASE_READY);
      break;
    }
  });
});

async function readOnce(stream: Promise<{ readable: ReadableStream<Uint8Array> }>): Promise<void> {
  await (await stream).readable.getReader().read();
}
