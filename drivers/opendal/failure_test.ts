import assert from "node:assert/strict";
import { connect } from "@jumpstarter/core/client";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { openSink } from "../flasher/mod.ts";
import { OpendalClient } from "./client.ts";
import { Opendal } from "./driver.ts";
import { OpenFile } from "./open_file.ts";
import type { StorageWriter } from "./storage.ts";
import { MockStorageMux } from "./mock_storage_mux.ts";
import { StorageMuxClient } from "./storage_mux_client.ts";

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Waits for what another process or task does; the test's own deadline is the limit. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Bytes without an end, which come as fast as they are read. */
const endless = (): ReadableStream<Uint8Array> =>
  new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });

Deno.test("a full disk is a clear error, and leaves nothing", async (t) => {
  const folder = await Deno.makeTempDir();
  const mount = (command: string, ...args: string[]): Promise<Deno.CommandOutput> =>
    new Deno.Command(command, { args, stderr: "null" }).output();
  const { success } = await mount("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)
    .catch(() => ({ success: false }));
  await t.step({
    name: success ? "on a file system of 1 MiB" : "on a file system of 1 MiB [needs root]",
    ignore: !success,
    fn: async () => {
      {
        await using device = await serveDriver(Opendal, {
          config: { scheme: "fs", kwargs: { root: folder } },
        });
        const client = device.get("", OpendalClient);
        await client.writeBytes("old", new Uint8Array(1_000));
        for (const name of ["new", "old"]) {
          await assert.rejects(
            client.writeBytes(name, new Uint8Array(3_000_000)),
            new RegExp(`Cannot write ${name}: No space left on device`),
          );
        }
        await assert.rejects(client.upload("endless", endless()), /No space left on device/);
        assert.deepEqual(await names(folder), ["old"]);
        assert.equal((await client.stat("old")).size, 1_000);
        // A local disk may be full as well.
        await assert.rejects(
          new Blob([new Uint8Array(3_000_000)]).stream().pipeTo(await openSink(`${folder}/dump`)),
          /No space left on device/,
        );
        assert.deepEqual(await names(folder), ["old"]);
      }
    },
  });
  if (success) await mount("umount", folder);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a device that is full is a clear error", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.symlink("/dev/full", `${folder}/full`);
  {
    await using device = await serveDriver(Opendal, {
      config: { scheme: "fs", kwargs: { root: folder } },
    });
    const client = device.get("", OpendalClient);
    await assert.rejects(
      client.writeBytes("full", new Uint8Array(10)),
      /Cannot write full: No space left on device/,
    );
    assert.deepEqual(await names(folder), ["full"]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a client that vanishes in the middle of an upload leaves nothing", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using device = await serveDriver(Opendal, {
      config: { scheme: "fs", kwargs: { root: folder } },
    });
    const other = await connect({ host: device.address });
    const upload = other.get("", OpendalClient).upload("image", endless());
    upload.catch(() => {});
    // Once bytes have come, the driver is at it.
    await until(async () => {
      const [name] = await names(folder);
      return name !== undefined && (await Deno.stat(`${folder}/${name}`)).size > 0;
    });
    await other[Symbol.asyncDispose]();
    await assert.rejects(upload);
    await until(async () => (await names(folder)).length === 0);
    assert.equal(await device.get("", OpendalClient).exists("image"), false);
    await device.get("", OpendalClient).writeBytes("image", new Uint8Array(1));
    assert.deepEqual(await names(folder), ["image"]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a file that nobody uses any more is given up", async () => {
  const given = Promise.withResolvers<void>();
  const writer: StorageWriter = {
    write() {},
    commit: () => Promise.reject(new Error("it was committed")),
    abort: () => Promise.resolve(given.resolve()),
  };
  const file = new OpenFile("f", { writer }, 10);
  await given.promise;
  assert.throws(() => file.tell(), /Cannot tell f: nobody used it for 0.01 s/);
  await file.close();
});

Deno.test("a client that vanishes while a mux is written ends the call; others go on", async () => {
  await using device = await serveDriver(MockStorageMux);
  const other = await connect({ host: device.address });
  const started = Promise.withResolvers<void>();
  const writing = other.get("", StorageMuxClient).writeFile(endless(), {
    onProgress: () => started.resolve(),
  });
  writing.catch(() => {});
  await started.promise;
  await other[Symbol.asyncDispose]();
  await assert.rejects(writing);
  const mux = device.get("", StorageMuxClient);
  await mux.writeFile(new Uint8Array([1, 2]));
  const chunks: Uint8Array[] = [];
  await mux.readFile(new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
  assert.equal((await new Blob(chunks as BlobPart[]).bytes()).length, 2);
});
