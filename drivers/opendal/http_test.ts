import assert from "node:assert/strict";
import { openStorage } from "./open_storage.ts";
import type { Storage } from "./storage.ts";

async function withServer(
  handler: (request: Request) => Response,
  options: Record<string, string>,
  run: (storage: Storage, origin: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  const origin = `http://127.0.0.1:${server.addr.port}`;
  await run(await openStorage("http", { endpoint: `${origin}/`, ...options }), origin);
  await server.shutdown();
}

async function text(storage: Storage, path: string, from = 0): Promise<string> {
  const reader = await storage.openRead(path);
  const chunks = await Array.fromAsync(reader.stream(from));
  return await new Blob(chunks as BlobPart[]).text();
}

Deno.test("http: files are read, from anywhere, whether or not the server knows ranges", async () => {
  for (const knowsRanges of [true, false]) {
    const seen: string[] = [];
    await withServer(
      (request) => {
        seen.push(`${request.method} ${request.url.replace(/^[^/]*\/\/[^/]*/, "")}`);
        if (request.url.endsWith("missing")) return new Response(null, { status: 404 });
        const range = request.headers.get("range");
        const from = knowsRanges && range !== null ? Number(range.slice(6, -1)) : 0;
        if (from > 5) return new Response(null, { status: 416 });
        return new Response("hello".slice(from), {
          status: from > 0 ? 206 : 200,
          headers: { "content-type": "application/x-raw", etag: '"1"' },
        });
      },
      { root: "/i m" },
      async (storage) => {
        const info = await storage.stat("a b%40/c?x=1");
        assert.equal(info.contentLength, 5n);
        assert.equal(info.contentType, "application/x-raw");
        assert.equal(info.etag, '"1"');
        assert.equal(await text(storage, "f"), "hello");
        assert.equal(await text(storage, "f", 3), "lo");
        assert.equal(await text(storage, "f", 9), "");
        await assert.rejects(storage.stat("missing"), { kind: "NotFound" });
        await assert.rejects(storage.openRead("d/"), { kind: "IsADirectory" });
      },
    );
    assert.equal(seen[0], "HEAD /i%20m/a%20b%2540/c%3Fx%3D1");
  }
});

Deno.test("http: requests are presigned as they are", async () => {
  await withServer(() => new Response(), { token: "t" }, async (storage, origin) => {
    assert.deepEqual(await storage.presign("read", "a b%40/c?x=1", 60), {
      url: `${origin}/a%20b%2540/c%3Fx%3D1`,
      method: "GET",
      headers: { authorization: "Bearer t" },
    });
    assert.equal((await storage.presign("stat", "f", 60)).method, "HEAD");
    await assert.rejects(storage.presign("write", "f", 60), { kind: "Unsupported" });
  });
});

Deno.test("http: credentials are sent, and refusals are told apart", async () => {
  const handler = (request: Request): Response =>
    request.headers.get("authorization") === `Basic ${btoa("me:secret")}`
      ? new Response(request.method === "HEAD" ? null : "x", {
        status: request.method === "HEAD" ? 405 : 200,
      })
      : new Response(null, { status: 401 });
  await withServer(handler, { username: "me", password: "secret" }, async (storage) => {
    assert.equal(await text(storage, "f"), "x");
  });
  await withServer(handler, {}, async (storage) => {
    await assert.rejects(storage.stat("f"), { kind: "PermissionDenied" });
    for (
      const refused of [
        () => storage.openWrite("f"),
        () => Array.fromAsync(storage.list("", false)),
        () => storage.copy("a", "b"),
        () => storage.delete("a"),
        () => storage.createDir("a/"),
      ]
    ) await assert.rejects(refused, { kind: "Unsupported" });
  });
  const gone = await openStorage("https", { endpoint: "https://127.0.0.1:1" });
  await assert.rejects(gone.stat("f"), /Cannot stat f: the server cannot be reached/);
  await assert.rejects(openStorage("http", { endpoint: "ftp://x" }), /must be an http\(s\) URL/);
});
