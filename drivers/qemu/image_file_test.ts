import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { runTool } from "@jumpstarter/testing/process";
import { writeImage } from "./image_file.ts";

const MIB = 2 ** 20;

/** Runs with a folder that is removed afterwards. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

Deno.test("an image is written byte for byte, whatever its chunks", () =>
  inFolder(async (folder) => {
    const path = `${folder}/root`;
    const run = fc.record({ size: fc.nat(3 * MIB), fill: fc.constantFrom(0, 0, 7) });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 4 }), async (runs) => {
        const chunks = runs.map(({ size, fill }) => new Uint8Array(size).fill(fill));
        const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
        equal(await writeImage(path, ReadableStream.from(chunks)), bytes.length);
        const written = await Deno.readFile(path);
        equal(written.length, bytes.length);
        ok(written.every((byte, i) => byte === bytes[i]));
      }),
      { numRuns: 25 },
    );
    deepEqual(names(folder), ["root"]);
  }));

Deno.test("blocks of zeros take no room on the disk", () =>
  inFolder(async (folder) => {
    const path = `${folder}/root`;
    await writeImage(path, ReadableStream.from([new Uint8Array(16 * MIB), new Uint8Array([1])]));
    const { blocks, size } = await Deno.stat(path);
    equal(size, 16 * MIB + 1);
    ok(blocks! * 512 < MIB, `${blocks} blocks of 512 bytes`);
  }));

Deno.test("an image that breaks off leaves the one before, and nothing else", () =>
  inFolder(async (folder) => {
    const path = `${folder}/root`;
    await Deno.writeTextFile(path, "before");
    const broken = ReadableStream.from((async function* () {
      yield new Uint8Array(2 * MIB).fill(1);
      await Promise.resolve();
      throw new Error("the client vanished");
    })());
    await rejects(writeImage(path, broken), /the client vanished/);
    equal(await Deno.readTextFile(path), "before");
    deepEqual(names(folder), ["root"]);
  }));

Deno.test({
  name: "a full disk is an error, and is not left full",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  fn: () =>
    inFolder(async (folder) => {
      const args = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder];
      equal((await runTool("mount", { args })).code, 0);
      try {
        const image = ReadableStream.from([new Uint8Array(4 * MIB).fill(1)]);
        await rejects(writeImage(`${folder}/root`, image), /No space left on device/);
        deepEqual(names(folder), []);
      } finally {
        await runTool("umount", { args: [folder] });
      }
    }),
});
