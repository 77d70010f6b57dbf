import assert from "node:assert/strict";
import fc from "fast-check";
import { AtomicFile, openSink } from "./atomic_file.ts";
import { BlockWriter } from "./block_writer.ts";
import { fileSource, openSource } from "./file_source.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("BlockWriter writes the bytes in order, in whole blocks but for the last", async () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 2_500_000 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.boolean(), async (lengths, slow) => {
      const blocks: Uint8Array[] = [];
      const writer = new BlockWriter(async (block) => {
        if (slow) await new Promise((resolve) => setTimeout(resolve, 0));
        blocks.push(block.slice());
      });
      let next = 0;
      for (const length of lengths) {
        const chunk = new Uint8Array(length).map(() => next++ * 31 >>> 3);
        await writer.write(chunk);
        chunk.fill(0);
      }
      await writer.flush();
      assert.equal(writer.bytes, next);
      assert.ok(blocks.slice(0, -1).every(({ length }) => length === 1_048_576));
      let at = 0;
      for (const block of blocks) {
        for (const byte of block) assert.equal(byte, (at++ * 31 >>> 3) & 255);
      }
      assert.equal(at, next);
    }),
    { numRuns: 12 },
  );
});

Deno.test("BlockWriter shows a failed write with the next one, and writes no more", async () => {
  let writes = 0;
  const writer = new BlockWriter(() => Promise.reject(new Error(`write ${++writes}`)));
  await writer.write(new Uint8Array(1_500_000));
  await assert.rejects(async () => await writer.write(new Uint8Array(3_000_000)), /write 1/);
  await assert.rejects(async () => await writer.write(new Uint8Array(1)), /write 1/);
  await assert.rejects(writer.flush(), /write 1/);
  await writer.stop();
  assert.equal(writes, 1);
});

Deno.test("a file appears when it is complete", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/${"n".repeat(250)}`;
    const file = await AtomicFile.open(path);
    await file.write(new Uint8Array([1, 2]));
    assert.equal(await Deno.stat(path).catch(() => "not yet"), "not yet");
    await file.commit();
    assert.deepEqual(await Deno.readFile(path), new Uint8Array([1, 2]));
    const given = await AtomicFile.open(path);
    await given.write(new Uint8Array(3_000_000));
    await given.abort();
    assert.deepEqual(await Deno.readFile(path), new Uint8Array([1, 2]));
    assert.equal((await names(folder)).length, 1);
    await assert.rejects(AtomicFile.open(folder), Deno.errors.IsADirectory);
    await assert.rejects(AtomicFile.open(`${folder}/missing/file`), Deno.errors.NotFound);
  });
});

Deno.test("a sink that is aborted, or whose file cannot be written, leaves nothing", async () => {
  await inFolder(async (folder) => {
    const aborted = await openSink(`${folder}/a`);
    const writer = aborted.getWriter();
    await writer.write(new Uint8Array(2_000_000));
    await writer.abort(new Error("enough"));
    const full = (await openSink("/dev/full")).getWriter();
    await full.write(new Uint8Array(10));
    await assert.rejects(full.close(), /No space left on device/);
    assert.deepEqual(await names(folder), []);
    const empty = await openSink(`${folder}/empty`);
    await empty.close();
    assert.deepEqual(await names(folder), ["empty"]);
  });
});

Deno.test("a source reads all of a file, or a part, and closes it", async () => {
  await inFolder(async (folder) => {
    const bytes = new Uint8Array(700_000).map((_, i) => i * 31 >>> 3);
    await Deno.writeFile(`${folder}/f`, bytes);
    const { readable, size } = await openSource(`${folder}/f`);
    assert.equal(size, bytes.length);
    const all = await new Blob(await Array.fromAsync(readable) as BlobPart[]).bytes();
    assert.deepEqual(all, bytes);
    const part = fileSource(await Deno.open(`${folder}/f`), { bytes: 300_000 });
    const some = await new Blob(await Array.fromAsync(part) as BlobPart[]).bytes();
    assert.deepEqual(some, bytes.subarray(0, 300_000));
    const given = await openSource(`${folder}/f`);
    const reader = given.readable.getReader();
    await reader.read();
    await reader.cancel();
    await assert.rejects(openSource(`${folder}/missing`), Deno.errors.NotFound);
    await assert.rejects(openSource(folder), Deno.errors.IsADirectory);
  });
});
