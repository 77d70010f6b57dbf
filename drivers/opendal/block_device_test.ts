import assert from "node:assert/strict";
import { Logger } from "@jumpstarter/core/driver";
import { readBlockDevice, writeBlockDevice } from "./block_device.ts";

const FAST = { leewayMs: 0, timeoutMs: 50 };

function call(signal: AbortSignal = new AbortController().signal): {
  signal: AbortSignal;
  log: Logger;
} {
  return { signal, log: new Logger("test", () => {}) };
}

function resource(
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(),
  written: Uint8Array[] = [],
): Parameters<typeof writeBlockDevice>[1] {
  return {
    readable: new Blob([bytes]).stream(),
    writable: new WritableStream({ write: (chunk) => void written.push(chunk) }),
    size: bytes.length,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A device's stand-in: a sparse file with a size. */
async function withDevice(run: (path: string) => Promise<void>, size = 3_000_000): Promise<void> {
  const path = await Deno.makeTempFile();
  await Deno.truncate(path, size);
  await run(path);
  await Deno.remove(path);
}

async function run(command: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

const image = new Uint8Array(2_500_001).map((_, i) => i * 2_654_435_761 >>> 24);

async function writesAndReads(path: string, size: number): Promise<void> {
  await writeBlockDevice(path, resource(image), call(), FAST);
  const read: Uint8Array[] = [];
  await readBlockDevice(path, resource(undefined, read), call(), FAST);
  const back = await new Blob(read as BlobPart[]).bytes();
  assert.equal(back.length, size, "no more and no less than the device");
  assert.deepEqual(back.subarray(0, image.length), image);
}

Deno.test("a device is written from its start and read to its end", async () => {
  await withDevice((path) => writesAndReads(path, 3_000_000));
});

Deno.test("a loop device is written and read, where there is one", async (t) => {
  await withDevice(async (file) => {
    const device = await run("losetup", "--find", "--show", file);
    await t.step({
      name: device === undefined ? "no loop device can be had here" : device,
      ignore: device === undefined,
      fn: async () => {
        await writesAndReads(device!, 3_000_320);
        await run("losetup", "--detach", device!);
      },
    });
  }, 3_000_320);
});

Deno.test("a device that comes later is waited for", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/device`;
  const writing = writeBlockDevice(path, resource(image), call(), { leewayMs: 0 });
  await Deno.writeFile(`${path}.new`, new Uint8Array(image.length));
  await Deno.rename(`${path}.new`, path);
  await writing;
  assert.deepEqual(await Deno.readFile(path), image);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a device without a medium, or none at all, is an error in time", async () => {
  await withDevice(async (path) => {
    for (const absent of [path, `${path}.missing`, "/dev/null"]) {
      await assert.rejects(writeBlockDevice(absent, resource(image), call(), FAST), {
        name: "TimeoutError",
        message: `Cannot open ${absent}: no device with a size came within 50 ms`,
      });
    }
  }, 0);
});

Deno.test("an image that does not fit is an error", async () => {
  await withDevice(async (path) => {
    await assert.rejects(
      writeBlockDevice(path, resource(image), call(), FAST),
      /the image is larger than its 1000000 bytes/,
    );
    assert.equal((await Deno.stat(path)).size, 1_000_000);
  }, 1_000_000);
});

Deno.test("waiting ends with the call", async () => {
  const abort = new AbortController();
  const missing = writeBlockDevice("/nowhere/device", resource(), call(abort.signal));
  abort.abort(new Error("enough"));
  await assert.rejects(missing, /enough/);
  await withDevice(async (path) => {
    const late = new AbortController();
    const log = new Logger("test", ({ message }) => {
      // The bytes are on the medium next; then it is left alone for a while.
      if (message.includes("waiting for the medium")) {
        setTimeout(() => late.abort(new Error("enough")), 20);
      }
    });
    const leeway = writeBlockDevice(path, resource(image), { signal: late.signal, log });
    await assert.rejects(leeway, /enough/);
  });
});
