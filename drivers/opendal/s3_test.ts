import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { duplexFromConn, pump } from "@jumpstarter/core/stream";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { requireTool, testWith } from "@jumpstarter/testing/tool";
import { FlasherClient } from "../flasher/mod.ts";
import { MockFlasher } from "./mock_flasher.ts";
import { openStorage } from "./open_storage.ts";
import { PART_BYTES } from "./s3_writer.ts";
import type { Storage } from "./storage.ts";

const KEYS = { access_key_id: "testkey", secret_access_key: "testsecret" };

/** A real S3 server, which checks signatures: versitygw on a folder, on a socket, with a port of our own before it. */
async function withServer(run: (endpoint: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  for (const name of ["data", "data/bucket", "meta"]) await Deno.mkdir(`${folder}/${name}`);
  const socket = `${folder}/socket`;
  const server = new Deno.Command(requireTool("versitygw"), {
    args: ["--quiet", "--port", socket, "posix", "--sidecar", `${folder}/meta`, `${folder}/data`],
    env: { ROOT_ACCESS_KEY: KEYS.access_key_id, ROOT_SECRET_KEY: KEYS.secret_access_key },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const relayed: Promise<unknown>[] = [];
  const relaying = (async () => {
    for await (const conn of listener) {
      const to = await connected(socket);
      relayed.push(pump(duplexFromConn(conn), duplexFromConn(to)).catch(() => {}));
    }
  })();
  try {
    (await connected(socket)).close();
    await run(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`, folder);
  } finally {
    server.kill("SIGKILL");
    await server.status;
    listener.close();
    await relaying;
    await Promise.all(relayed);
    await Deno.remove(folder, { recursive: true });
  }
}

/** Connects to a socket that is about to come. */
async function connected(path: string): Promise<Deno.UnixConn> {
  const end = performance.now() + 20_000;
  for (;;) {
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function testS3(
  name: string,
  run: (storage: Storage, endpoint: string, folder: string) => Promise<void>,
): void {
  testWith(`s3: ${name}`, ["versitygw"], () =>
    withServer(async (endpoint, folder) => {
      const kwargs = { ...KEYS, endpoint, bucket: "bucket", root: "/lab", region: "us-east-1" };
      await run(await openStorage("s3", kwargs), endpoint, folder);
    }));
}

async function put(storage: Storage, path: string, bytes: Uint8Array | string): Promise<void> {
  const writer = await storage.openWrite(path);
  const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  for (let at = 0; at < data.length; at += 700_001) {
    await writer.write(data.slice(at, at + 700_001));
  }
  await writer.commit();
}

async function get(storage: Storage, path: string, from = 0): Promise<Uint8Array> {
  const reader = await storage.openRead(path);
  const chunks = await Array.fromAsync(reader.stream(from));
  reader.close();
  return await new Blob(chunks as BlobPart[]).bytes();
}

const text = async (storage: Storage, path: string, from = 0): Promise<string> =>
  new TextDecoder().decode(await get(storage, path, from));

testS3("files of any name make the round trip", async (storage) => {
  for (const name of ["f", "a b/ä+%40'(1)!*~.img", "d/e=f&g?h", "x/#1"]) {
    await put(storage, name, `in ${name}`);
    assert.equal(await text(storage, name), `in ${name}`);
    assert.equal(await text(storage, name, 3), name);
    assert.equal(await text(storage, name, 1_000), "");
    assert.deepEqual((await storage.stat(name)).mode, { entryIsFile: true, entryIsDir: false });
  }
  await put(storage, "empty", "");
  assert.equal((await storage.stat("empty")).contentLength, 0n);
  assert.equal(await text(storage, "empty"), "");
  await assert.rejects(storage.stat("missing"), { kind: "NotFound" });
  await assert.rejects(storage.openRead("missing"), { kind: "NotFound" });
});

testS3("large files go in parts, and appear when they are whole", async (storage, _url, folder) => {
  const bytes = new Uint8Array(2 * PART_BYTES + 12_345).map((_, i) => i * 2_654_435_761 >>> 24);
  const before = await storage.openWrite("large");
  await before.write(bytes);
  await assert.rejects(storage.stat("large"), { kind: "NotFound" });
  await before.commit();
  assert.equal(Buffer.compare(await get(storage, "large"), bytes), 0);
  await put(storage, "exact", bytes.subarray(0, PART_BYTES));
  assert.equal(Buffer.compare(await get(storage, "exact"), bytes.subarray(0, PART_BYTES)), 0);
  const given = await storage.openWrite("given/up");
  await given.write(bytes);
  await given.abort();
  await assert.rejects(storage.stat("given/up"), { kind: "NotFound" });
  assert.deepEqual(await Array.fromAsync(storage.list("", true)), ["/", "exact", "large"]);
  for await (const { name } of Deno.readDir(`${folder}/data/bucket`)) assert.ok(name !== "given");
});

testS3("directories are what keys say", async (storage) => {
  await put(storage, "a/f.txt", "1");
  await put(storage, "a/b/g.txt", "2");
  await put(storage, "q/h.txt", "3");
  await storage.createDir("a/empty/");
  const list = (path: string, recursive = false): Promise<string[]> =>
    Array.fromAsync(storage.list(path, recursive));
  assert.deepEqual(await list(""), ["/", "a/", "q/"]);
  assert.deepEqual(await list("a/"), ["a/", "a/b/", "a/empty/", "a/f.txt"]);
  assert.deepEqual(await list("a"), ["a/"]);
  assert.deepEqual(await list("a/f.txt"), ["a/f.txt"]);
  assert.deepEqual(await list("missing/"), []);
  assert.deepEqual(await list("", true), [
    "/",
    "a/",
    "a/b/",
    "a/b/g.txt",
    "a/empty/",
    "a/f.txt",
    "q/",
    "q/h.txt",
  ]);
  for (const path of ["a", "a/", "a/empty", ""]) {
    assert.equal((await storage.stat(path)).mode?.entryIsDir, true, path);
  }
  await storage.copy("a/f.txt", "z/copy 1");
  assert.equal(await text(storage, "z/copy 1"), "1");
  await assert.rejects(storage.copy("missing", "x"), { kind: "NotFound" });
  await assert.rejects(storage.rename("a/f.txt", "x"), { kind: "Unsupported" });
  await storage.delete("z/copy 1");
  await storage.delete("z/copy 1");
  await storage.removeAll("a");
  assert.deepEqual(await list("", true), ["/", "q/", "q/h.txt"]);
});

testS3("anybody may make a presigned request, for as long as it is good", async (storage) => {
  const write = await storage.presign("write", "a b/ü", 60);
  assert.equal(write.method, "PUT");
  const written = await fetch(write.url!, { method: "PUT", body: "hello" });
  assert.equal(written.status, 200, await written.text());
  const read = await storage.presign("read", "a b/ü", 60);
  assert.equal(await (await fetch(read.url!)).text(), "hello");
  const stat = await storage.presign("stat", "a b/ü", 60);
  const head = await fetch(stat.url!, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), "5");
  // An exporter does so too, though S3 wants to know the length first.
  await using device = await serveDriver(MockFlasher);
  const flasher = device.get("", FlasherClient);
  await flasher.flash(new Uint8Array(300_000));
  await flasher.dump(write.url!);
  assert.equal((await storage.stat("a b/ü")).contentLength, 300_000n);
  const forged = await fetch(read.url!.replace("%C3%BC", "x"));
  assert.equal(forged.status, 403);
  await forged.body?.cancel();
  await assert.rejects(storage.presign("read", "f", 604_801), RangeError);
});

testS3("who may not, is told so", async (_storage, endpoint) => {
  const kwargs = { bucket: "bucket", endpoint, disable_config_load: "true" };
  const wrong = await openStorage("s3", { ...kwargs, ...KEYS, secret_access_key: "wrong" });
  await assert.rejects(put(wrong, "f", "x"), {
    kind: "PermissionDenied",
    message: /Cannot write f: the server's status is 403, SignatureDoesNotMatch/,
  });
  const anonymous = await openStorage("s3", { ...kwargs, allow_anonymous: "true" });
  await assert.rejects(put(anonymous, "f", "x"), { kind: "PermissionDenied" });
  await assert.rejects(anonymous.presign("read", "f", 60), { kind: "Unsupported" });
  await assert.rejects(openStorage("s3", kwargs), /access_key_id and secret_access_key/);
});

Deno.test("s3: what is missing is named", async () => {
  await assert.rejects(openStorage("s3", {}), /kwargs.bucket: s3 needs it/);
  await assert.rejects(
    openStorage("s3", { bucket: "b", disable_config_load: "on" }),
    /s3 needs region or endpoint/,
  );
});
