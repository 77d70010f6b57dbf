import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { DriverNode } from "@jumpstarter/core/client";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import { OpendalClient } from "./client.ts";
import { Opendal } from "./driver.ts";

const utf8 = new TextEncoder();

/** Serves storage in a new folder, which goes with it. */
async function serveFolder(
  run: (client: OpendalClient, root: string, device: ServedDevice) => Promise<void>,
  config: Record<string, unknown> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const root = `${folder}/storage`;
    await using device = await serveDriver(Opendal, {
      config: { scheme: "fs", kwargs: { root }, ...config },
    });
    await run(device.get("", OpendalClient), root, device);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function testFolder(
  name: string,
  run: (client: OpendalClient, root: string, device: ServedDevice) => Promise<void>,
): void {
  Deno.test(name, () => serveFolder(run));
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

testFolder("bytes and files make the round trip", async (client, root) => {
  await client.writeBytes("dir/hello", utf8.encode("hello"));
  assert.equal(await Deno.readTextFile(`${root}/dir/hello`), "hello");
  assert.deepEqual(await client.readBytes("/dir/hello"), utf8.encode("hello"));
  const local = `${root}/../local`;
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  await Deno.writeFile(local, bytes);
  await client.upload("image", local);
  await client.download("image", `${local}.back`);
  assert.deepEqual(await Deno.readFile(`${local}.back`), bytes);
  assert.equal(await client.hash("dir/hello", "md5"), "5d41402abc4b2a76b9719d911017c592");
  assert.equal(await client.hash("image"), createHash("sha256").update(bytes).digest("hex"));
});

testFolder("16 MiB go there and back with progress", async (client) => {
  const bytes = new Uint8Array(16 * 1024 * 1024).map((_, i) => i * 2_654_435_761 >>> 24);
  const reports: number[] = [];
  await client.upload("large", bytes, { onProgress: ({ bytes }) => reports.push(bytes) });
  assert.equal(reports.at(-1), bytes.length);
  assert.equal(await client.hash("large"), createHash("sha256").update(bytes).digest("hex"));
  const back = await client.readBytes("large");
  assert.equal(Buffer.compare(back, bytes), 0);
});

testFolder("an open file has a position and knows what it is for", async (client) => {
  await client.writeBytes("f", utf8.encode("0123456789"));
  const file = await client.open("f", "rb");
  assert.match(file.id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    [await file.readable(), await file.seekable(), await file.writable(), await file.closed()],
    [true, true, false, false],
  );
  assert.equal(await file.tell(), 0);
  assert.equal(await file.seek(-3, "end"), 7);
  assert.equal(await file.seek(1, "current"), 8);
  assert.deepEqual(await file.readBytes(), utf8.encode("89"));
  assert.equal(await file.tell(), 10);
  assert.deepEqual(await file.readBytes(), new Uint8Array());
  assert.equal(await file.seek(2), 2);
  await assert.rejects(file.seek(-1), /position must not be negative/);
  await assert.rejects(file.writeBytes(new Uint8Array(1)), /it was opened with mode 'rb'/);
  await file.close();
  assert.equal(await file.closed(), true);
  await file.close();
  await assert.rejects(file.readBytes(), /it is closed/);
  const written = await client.open("g", "wb");
  assert.deepEqual(
    [await written.readable(), await written.seekable(), await written.writable()],
    [false, false, true],
  );
  await written.writeBytes(utf8.encode("one "));
  await written.writeBytes(utf8.encode("two"));
  assert.equal(await client.exists("g"), false, "it is there once it is closed");
  await written.close();
  assert.deepEqual(await client.readBytes("g"), utf8.encode("one two"));
});

testFolder("files and directories are managed", async (client) => {
  await client.writeBytes("dir/file.txt", utf8.encode("content"));
  await client.copy("dir/file.txt", "dir/another.txt");
  assert.deepEqual(await Array.fromAsync(client.list("dir/")), [
    "dir/",
    "dir/another.txt",
    "dir/file.txt",
  ]);
  await client.createDir("dir/a/");
  await client.rename("dir/file.txt", "dir/a/file.txt");
  await client.rename("dir/another.txt", "dir/b/another.txt");
  assert.deepEqual(await Array.fromAsync(client.scan("dir/")), [
    "dir/",
    "dir/a/",
    "dir/a/file.txt",
    "dir/b/",
    "dir/b/another.txt",
  ]);
  const info = await client.stat("dir/a/file.txt");
  assert.equal(info.size, 7);
  assert.equal(info.isFile, true);
  assert.equal((await client.stat("dir")).isDirectory, true);
  assert.deepEqual(
    await client.createdResources(),
    new Set(["dir/a", "dir/a/file.txt", "dir/b/another.txt"]),
  );
  await client.delete("dir/a/file.txt");
  assert.equal(await client.exists("dir/a/file.txt"), false);
  await client.removeAll("dir/");
  assert.deepEqual(await Array.fromAsync(client.list("/")), ["/"]);
  const capability = await client.capability();
  assert.equal(capability.read, true);
  assert.equal(capability.presign, false);
  assert.equal(capability.writeTotalMaxSize, undefined);
});

testFolder("by name, results look like upstream's", async (client, _root, device) => {
  const node: DriverNode = device.find("");
  await client.writeBytes("f", utf8.encode("content"));
  assert.deepEqual(await node.call("stat", ["f"]), {
    content_disposition: null,
    content_length: 7,
    content_md5: null,
    content_type: null,
    etag: null,
    mode: { entry_is_file: true, entry_is_dir: false },
  });
  assert.equal(
    await node.call("hash", ["f"]),
    "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73",
  );
  const fd = await node.call("open", ["f", "rb"]);
  assert.equal(typeof fd, "string");
  assert.equal(await node.call("file_seek", [fd, 0, 2]), 7);
  assert.equal(await node.call("file_tell", [fd]), 7);
  assert.equal(await node.call("file_closed", [fd]), false);
  assert.equal(await node.call("file_close", [fd]), null);
  assert.equal(await node.call("exists", ["f"]), true);
  assert.deepEqual(await Array.fromAsync(node.callStreaming("list", ["/"])), ["/", "f"]);
  assert.deepEqual(await node.call("get_created_resources"), ["f"]);
  assert.equal(await node.call("register_path", ["a/"]), null);
  assert.deepEqual(await node.call("get_created_resources"), ["f", "a"]);
  const capability = await node.call("capability") as Record<string, unknown>;
  assert.equal(Object.keys(capability).length, 33);
  assert.equal(capability.write_can_multi, true);
  assert.equal(capability.write_total_max_size, null);
});

testFolder("mistakes are told apart", async (client, _root, device) => {
  const node = device.find("");
  await assert.rejects(client.stat("missing"), /Cannot stat missing: .*\(NotFound\)/);
  await assert.rejects(client.readBytes("../x"), /it leaves the storage's root/);
  await assert.rejects(client.presignRead("f", 60), /\(Unsupported\)/);
  await assert.rejects(client.open("f", "ab" as "rb"), RangeError);
  await assert.rejects(node.call("open", ["f", "ab"]), /mode must be 'rb' or 'wb'/);
  await assert.rejects(node.call("hash", ["f", "crc"]), /algo must be 'md5' or 'sha256'/);
  await assert.rejects(node.call("file_tell", ["x"]), /fd must be a UUID/);
  await assert.rejects(node.call("file_tell", [crypto.randomUUID()]), /UUID\('/);
});

testFolder(
  "an upload that fails half-way leaves nothing, and the old file",
  async (client, root) => {
    await client.writeBytes("f", utf8.encode("old"));
    const broken = new ReadableStream<Uint8Array>({
      pull(controller): void {
        if (controller.desiredSize === 1) controller.enqueue(new Uint8Array(1_000_000));
        else controller.error(new Error("disk on fire"));
      },
    });
    let chunks = 0;
    const failing = broken.pipeThrough(
      new TransformStream({
        transform(chunk, controller): void {
          if (++chunks === 3) throw new Error("disk on fire");
          controller.enqueue(chunk);
        },
      }),
    );
    await assert.rejects(client.upload("f", failing), /disk on fire/);
    assert.deepEqual(await names(root), ["f"]);
    assert.deepEqual(await client.readBytes("f"), utf8.encode("old"));
  },
);

Deno.test("what a vanished client was writing is gone with the session", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using device = await serveDriver(Opendal, {
      config: { scheme: "fs", kwargs: { root: folder } },
    });
    const file = await device.get("", OpendalClient).open("f", "wb");
    await file.writeBytes(new Uint8Array(2_000_000));
    assert.equal((await names(folder)).length, 1);
  }
  assert.deepEqual(await names(folder), []);
  await Deno.remove(folder, { recursive: true });
});

testFolder("a cancelled transfer reaches the driver, and leaves nothing", async (client, root) => {
  const abort = new AbortController();
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller): void {
      controller.enqueue(new Uint8Array(65_536));
      if (++sent === 50) abort.abort(new Error("enough"));
    },
  });
  await assert.rejects(client.upload("f", endless, { signal: abort.signal }));
  // The exporter ends the call when it sees the cancel: its part file is gone a moment later.
  while ((await names(root)).length > 0) await new Promise((resolve) => setTimeout(resolve, 1));
});

testFolder(
  "compressed files are written as they are, and a hash skips what is the same",
  async (client, root) => {
    const local = `${root}/../image.gz`;
    await Deno.writeFile(local, gzipSync(utf8.encode("image")));
    assert.equal(await client.upload("i", local, { skipSame: true }), true);
    assert.deepEqual(
      await client.readBytes("i"),
      await Deno.readFile(local) as Uint8Array<ArrayBuffer>,
    );
    assert.equal(await client.upload("i", local, { skipSame: true }), false);
    await Deno.writeFile(local, gzipSync(utf8.encode("IMAGE")));
    assert.equal(await client.upload("i", local, { skipSame: true }), true);
    assert.equal(await client.needsUpload("i", "http://127.0.0.1:1/x"), true);
  },
);

testFolder("an http(s) URL is fetched by the exporter, byte for byte", async (client) => {
  const seen: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    seen.push(`${request.method} ${request.url.replace(/^[^/]*\/\/[^/]*/, "")}`);
    if (request.method === "PUT") seen.push(await request.text());
    return new Response("image");
  });
  const url = `http://127.0.0.1:${server.addr.port}/a%2Fb/i.img?sig=%2B%7e`;
  await client.upload("i", url);
  assert.deepEqual(await client.readBytes("i"), utf8.encode("image"));
  await client.download("i", url);
  await server.shutdown();
  assert.deepEqual(seen, ["GET /a%2Fb/i.img?sig=%2B%7e", "PUT /a%2Fb/i.img?sig=%2B%7e", "image"]);
});

Deno.test("what was made goes with the session, if so configured", async () => {
  const folder = await Deno.makeTempDir();
  const config = { scheme: "fs", kwargs: { root: `${folder}/s` }, remove_created_on_close: true };
  await Deno.mkdir(`${folder}/s/old`, { recursive: true });
  await Deno.writeTextFile(`${folder}/s/old/file`, "x");
  await Deno.writeTextFile(`${folder}/outside`, "x");
  {
    await using device = await serveDriver(Opendal, { config });
    const client = device.get("", OpendalClient);
    await client.writeBytes("old/new", utf8.encode("x"));
    await client.writeBytes("a/b/c", utf8.encode("x"));
    await client.createDir("d/");
    await client.writeBytes("d/e", utf8.encode("x"));
    await device.find("").call("register_path", ["../outside"]);
  }
  assert.deepEqual(await names(`${folder}/s`), ["a", "old"]);
  assert.deepEqual(await names(`${folder}/s/a/b`), []);
  assert.deepEqual(await names(`${folder}/s/old`), ["file"]);
  assert.deepEqual(await names(folder), ["outside", "s"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("an unknown scheme, or an option it does not have, is a problem of the file", () => {
  const problems = (config: unknown): string[] =>
    (Opendal.config.safeParse(config).error?.issues ?? []).map((issue) =>
      `${issue.path.join(".")}: ${issue.message}`
    );
  assert.deepEqual(problems({ scheme: "fs", kwargs: { root: "/tmp" } }), []);
  assert.deepEqual(problems({ scheme: "gcs", kwargs: {} }), [
    "scheme: want one of fs, memory, http, https, s3",
  ]);
  assert.deepEqual(problems({ scheme: "fs", kwargs: { rot: "/tmp" } }), [
    "kwargs.rot: fs has no such option: known are root, atomic_write_dir",
    "kwargs.root: fs needs it",
  ]);
});
