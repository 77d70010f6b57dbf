import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { FsStorage } from "./fs_storage.ts";
import { MemoryStorage } from "./memory_storage.ts";
import { createdPath, normalisePath } from "./path.ts";
import type { Storage } from "./storage.ts";

/** Runs the same claims on each kind of storage with directories. */
function testStorages(name: string, run: (storage: Storage) => Promise<void>): void {
  Deno.test(`memory: ${name}`, () => run(new MemoryStorage()));
  Deno.test(`fs: ${name}`, async () => {
    const root = await Deno.makeTempDir();
    try {
      await run(await FsStorage.open({ root: `${root}/storage` }));
      assert.deepEqual(await partFiles(root), [], "nothing half-written is left");
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}

async function partFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await partFiles(`${folder}/${name}`));
    else if (name.endsWith(".part")) found.push(name);
  }
  return found;
}

async function put(storage: Storage, path: string, text = ""): Promise<void> {
  const writer = await storage.openWrite(path);
  await writer.write(new TextEncoder().encode(text));
  await writer.commit();
}

async function text(storage: Storage, path: string, from = 0): Promise<string> {
  const reader = await storage.openRead(path);
  const chunks = await Array.fromAsync(reader.stream(from));
  reader.close();
  return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).bytes());
}

const list = (storage: Storage, path: string): Promise<string[]> =>
  Array.fromAsync(storage.list(path, false));
const scan = (storage: Storage, path: string): Promise<string[]> =>
  Array.fromAsync(storage.list(path, true));

testStorages("a file is what was written, with its parents made", async (storage) => {
  await put(storage, "q/w/e.txt", "hello");
  assert.equal(await text(storage, "q/w/e.txt"), "hello");
  assert.equal(await text(storage, "q/w/e.txt", 3), "lo");
  assert.equal(await text(storage, "q/w/e.txt", 9), "");
  const { contentLength, mode } = await storage.stat("q/w/e.txt");
  assert.equal(contentLength, 5n);
  assert.deepEqual(mode, { entryIsFile: true, entryIsDir: false });
  await put(storage, "q/w/e.txt", "");
  assert.equal((await storage.stat("q/w/e.txt")).contentLength, 0n);
});

testStorages("a large file survives chunks of any size", async (storage) => {
  const bytes = new Uint8Array(3_500_000).map((_, i) => i * 31 >>> 3);
  const writer = await storage.openWrite("large");
  for (let at = 0, step = 1; at < bytes.length; at += step, step = step * 3 % 1_300_021) {
    await writer.write(bytes.slice(at, at + step));
  }
  await writer.commit();
  const reader = await storage.openRead("large");
  assert.equal(reader.size, bytes.length);
  const back = await new Blob(await Array.fromAsync(reader.stream(1)) as BlobPart[]).bytes();
  reader.close();
  assert.equal(Buffer.compare(back, bytes.subarray(1)), 0);
});

testStorages("a file that is given up leaves the one before as it was", async (storage) => {
  await put(storage, "f", "old");
  const writer = await storage.openWrite("f");
  await writer.write(new Uint8Array(2_000_000));
  assert.equal(await text(storage, "f"), "old");
  assert.deepEqual(await scan(storage, ""), ["/", "f"]);
  await writer.abort();
  await writer.abort();
  assert.equal(await text(storage, "f"), "old");
  assert.deepEqual(await scan(storage, ""), ["/", "f"]);
});

testStorages("stat and exists know directories with and without a slash", async (storage) => {
  await storage.createDir("d/e/");
  for (const path of ["d", "d/", "d/e", "d/e/", ""]) {
    assert.equal((await storage.stat(path)).mode?.entryIsDir, true, path);
  }
  await put(storage, "f", "x");
  await assert.rejects(storage.stat("f/"), { kind: "NotFound" });
  await assert.rejects(storage.stat("g"), { kind: "NotFound" });
  await assert.rejects(storage.createDir("x"), {
    kind: "NotADirectory",
    message: /the path trying to create should end with/,
  });
});

testStorages("list and scan are OpenDAL's", async (storage) => {
  await put(storage, "a/f.txt", "1");
  await put(storage, "a/b/g.txt", "2");
  await put(storage, "q/h.txt", "3");
  await storage.createDir("a/empty/");
  assert.deepEqual(await list(storage, ""), ["/", "a/", "q/"]);
  assert.deepEqual(await list(storage, "a/"), ["a/", "a/b/", "a/empty/", "a/f.txt"]);
  assert.deepEqual(await list(storage, "a"), ["a/"]);
  assert.deepEqual(await list(storage, "a/f.txt"), ["a/f.txt"]);
  assert.deepEqual(await list(storage, "missing/"), []);
  assert.deepEqual(await list(storage, "missing"), []);
  assert.deepEqual(await scan(storage, ""), [
    "/",
    "a/",
    "a/b/",
    "a/b/g.txt",
    "a/empty/",
    "a/f.txt",
    "q/",
    "q/h.txt",
  ]);
  assert.deepEqual(await scan(storage, "a/b/"), ["a/b/", "a/b/g.txt"]);
});

testStorages(
  "copy and rename make directories, and refuse what makes no sense",
  async (storage) => {
    await put(storage, "f", "text");
    await storage.copy("f", "x/y/g");
    assert.equal(await text(storage, "x/y/g"), "text");
    await storage.rename("f", "z/f");
    assert.equal(await text(storage, "z/f"), "text");
    await assert.rejects(storage.stat("f"), { kind: "NotFound" });
    await assert.rejects(storage.copy("z/f", "z/f"), { kind: "IsSameFile" });
    await assert.rejects(storage.copy("x/", "w/"), { kind: "IsADirectory" });
    await assert.rejects(storage.copy("x", "w"), { kind: "IsADirectory" });
    await assert.rejects(storage.rename("missing", "w"), { kind: "NotFound" });
    await assert.rejects(storage.openRead("x"), { kind: "IsADirectory" });
    await assert.rejects(storage.openRead("x/"), { kind: "IsADirectory" });
    await assert.rejects(storage.openRead("missing"), { kind: "NotFound" });
    await assert.rejects(storage.openWrite("x"), { kind: "IsADirectory" });
  },
);

testStorages("delete and remove_all remove what is there", async (storage) => {
  await put(storage, "a/b/f", "x");
  await put(storage, "ab", "x");
  await storage.delete("missing");
  await assert.rejects(storage.delete("a/"), { kind: "Unexpected" });
  await storage.removeAll("missing");
  await storage.removeAll("a");
  assert.deepEqual(await scan(storage, ""), ["/", "ab"]);
  await storage.createDir("d/");
  await storage.delete("d/");
  await storage.delete("ab");
  assert.deepEqual(await scan(storage, ""), ["/"]);
  await put(storage, "a/f", "x");
  await storage.removeAll("");
  assert.deepEqual(await scan(storage, ""), ["/"]);
});

testStorages("nothing is presigned", async (storage) => {
  await assert.rejects(storage.presign("read", "f", 60), { kind: "Unsupported" });
  assert.ok(!storage.capability.presign);
});

Deno.test("fs: errors do not name the exporter's folders", async () => {
  const root = await Deno.makeTempDir();
  const storage = await FsStorage.open({ root });
  await put(storage, "f", "");
  const runs: readonly (() => Promise<unknown>)[] = [
    () => storage.stat("secret/x"),
    () => storage.openRead("secret"),
    () => storage.openWrite("f/x"),
    () => storage.createDir("f/x/"),
    () => storage.copy("no", "x"),
    () => storage.rename("no", "x"),
  ];
  for (const run of runs) {
    const message = await run().then(() => "it worked", (error: Error) => error.message);
    assert.match(message, /^Cannot /);
    assert.ok(!message.includes(root), message);
  }
  await Deno.remove(root, { recursive: true });
});

Deno.test("fs: what is written keeps the mode of what it replaces, and goes through links", async () => {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(`${root}/storage`);
  await Deno.writeTextFile(`${root}/outside`, "old", { mode: 0o600 });
  await Deno.symlink("../outside", `${root}/storage/link`);
  const storage = await FsStorage.open({ root: `${root}/storage` });
  await put(storage, "link", "new");
  assert.equal(await Deno.readTextFile(`${root}/outside`), "new");
  assert.equal((await Deno.stat(`${root}/outside`)).mode! & 0o777, 0o600);
  assert.ok((await Deno.lstat(`${root}/storage/link`)).isSymlink);
  await Deno.remove(root, { recursive: true });
});

Deno.test("normalisePath has one spelling for each path, and no way out", () => {
  const spellings: Record<string, string> = {
    "": "",
    "/": "",
    ".": "",
    "a/..": "",
    "/a//b/": "a/b/",
    " /a/b ": "a/b",
    "a/./b": "a/b",
    "a/../b": "b",
    "a/b/..": "a/",
    "a\\b": "a\\b",
  };
  for (const [path, normal] of Object.entries(spellings)) assert.equal(normalisePath(path), normal);
  for (const path of ["..", "../x", "/../x", "a/../../x"]) {
    assert.throws(() => normalisePath(path), { kind: "PermissionDenied" });
  }
});

Deno.test("createdPath is upstream's", () => {
  const spellings: Record<string, string> = {
    "/test_dir4/": "test_dir4",
    "dir\\backslash": "dir/backslash",
    "./current_dir": "current_dir",
    "parent/../simple": "simple",
    "//double//slash//path": "double/slash/path",
    ".": "",
    "../x": "../x",
  };
  for (const [path, created] of Object.entries(spellings)) assert.equal(createdPath(path), created);
});
