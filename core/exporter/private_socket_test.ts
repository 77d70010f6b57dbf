import assert from "node:assert/strict";
import { dirname } from "node:path";
import { listenPrivately } from "./private_socket.ts";
import { closeListening } from "./serve_session.ts";

Deno.test("a private socket stands in a folder of its own that nobody else can enter", async () => {
  const base = await Deno.makeTempDir();
  const listening = await listenPrivately([base, "/tmp"]);
  const folder = dirname(listening.address);
  assert.equal(dirname(folder), base);
  assert.equal((await Deno.stat(folder)).mode! & 0o777, 0o700);
  closeListening(listening);
  // Only an empty folder can be removed so.
  await Deno.remove(base);
});

Deno.test("a private socket avoids folders whose path is too long, or that are not there", async () => {
  const long = `/tmp/${"x".repeat(100)}`;
  const listening = await listenPrivately([long, "/no/such/folder", "/tmp"]);
  assert.match(listening.address, /^\/tmp\/jumpstarter-\w+\/socket$/);
  const conn = await Deno.connect({ transport: "unix", path: listening.address });
  (await listening.listener.accept()).close();
  conn.close();
  closeListening(listening);
});

Deno.test("a private socket that can be nowhere is a clear error", async () => {
  await assert.rejects(listenPrivately([`/tmp/${"x".repeat(100)}`]), /no temporary folder/);
  await assert.rejects(listenPrivately(["/no/such/folder"]), Deno.errors.NotFound);
});
