import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { defineDriver, type DriverCall, type DriverDefinition } from "@jumpstarter/core/driver";
import {
  StorageMuxInterface,
  type StorageMuxInterfaceReadRequest,
  type StorageMuxInterfaceWriteRequest,
} from "@jumpstarter/proto/driver/storage_mux/v1";
import { z } from "zod";
import { MockStorageMux, MockStorageMuxFlasher } from "./mock_storage_mux.ts";
import { StorageMuxClient, StorageMuxFlasherClient } from "./storage_mux_client.ts";

Deno.test("10 MiB go to a mux and back", async () => {
  const folder = await Deno.makeTempDir();
  const bytes = new Uint8Array(10 * 1024 * 1024).map((_, i) => i * 2_654_435_761 >>> 24);
  await Deno.writeFile(`${folder}/image`, bytes);
  {
    await using device = await serveDriver(MockStorageMux);
    const mux = device.get("", StorageMuxClient);
    await mux.host();
    await mux.writeFile(`${folder}/image`);
    await mux.readFile(`${folder}/back`);
    await mux.off();
    assert.equal(Buffer.compare(await Deno.readFile(`${folder}/back`), bytes), 0);
    await mux.writeFile(new Uint8Array([1]));
    await mux.readFile(`${folder}/back`);
    assert.deepEqual(await Deno.readFile(`${folder}/back`), new Uint8Array([1]));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the mock that flashes does so too", async () => {
  await using device = await serveDriver(MockStorageMuxFlasher);
  const flasher = device.get("", StorageMuxFlasherClient);
  await flasher.flash(new Uint8Array([1, 2, 3]));
  const chunks: Uint8Array[] = [];
  await flasher.dump(new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
  assert.deepEqual(await new Blob(chunks as BlobPart[]).bytes(), new Uint8Array([1, 2, 3]));
  await assert.rejects(flasher.flash(new Uint8Array(), { target: "x" }), {
    name: "RangeError",
    message: "target is not supported for StorageMuxFlasherClient, x provided",
  });
  await assert.rejects(flasher.flash({ a: "b" }), /target is not supported/);
  await assert.rejects(flasher.dump("x", { target: "x" }), /target is not supported/);
});

/** A mux that tells what it was asked. */
function recordingMux(calls: string[]): DriverDefinition {
  return defineDriver({
    type: "test.RecordingMux",
    client: "jumpstarter_driver_opendal.client.StorageMuxFlasherClient",
    interfaces: [StorageMuxInterface],
    config: z.strictObject({}),
    create: () => ({
      host: () => void calls.push("host"),
      dut: () => void calls.push("dut"),
      off: () => void calls.push("off"),
      async write({ src }: StorageMuxInterfaceWriteRequest, call: DriverCall): Promise<void> {
        calls.push("write");
        await using resource = await call.resource(src);
        for await (const chunk of resource.readable) {
          if (chunk[0] === 0xff) throw new Deno.errors.BadResource("medium worn out");
        }
      },
      async read({ dst }: StorageMuxInterfaceReadRequest, call: DriverCall): Promise<void> {
        calls.push("read");
        await using resource = await call.resource(dst);
        await resource.writable.close();
      },
    }),
  });
}

Deno.test("flashing is host, write, dut; dut after a failure too", async () => {
  const calls: string[] = [];
  await using device = await serveDriver(recordingMux(calls));
  const flasher = device.get("", StorageMuxFlasherClient);
  await flasher.flash(new Uint8Array([1]));
  await flasher.dump(new WritableStream());
  assert.deepEqual(calls.splice(0), ["host", "write", "dut", "host", "read", "dut"]);
  await assert.rejects(flasher.flash(new Uint8Array([0xff])), /medium worn out/);
  assert.deepEqual(calls.splice(0), ["host", "write", "dut"]);
});
