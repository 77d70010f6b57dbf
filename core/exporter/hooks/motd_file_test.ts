import assert from "node:assert/strict";
import { MotdFile } from "./motd_file.ts";

async function withFile(run: (file: MotdFile) => Promise<void>): Promise<void> {
  const file = await MotdFile.make();
  await run(file);
  await file[Symbol.asyncDispose]();
  await assert.rejects(Deno.lstat(file.path), Deno.errors.NotFound);
}

Deno.test("what a hook wrote is read without white space around it", () =>
  withFile(async (file) => {
    assert.equal((await Deno.stat(file.path)).mode! & 0o777, 0o600);
    await Deno.writeTextFile(file.path, "\n  first\nsecond \n\n");
    assert.equal(await file.read(), "first\nsecond");
  }));

Deno.test("of a long message the first 64 KiB are read", () =>
  withFile(async (file) => {
    await Deno.writeTextFile(file.path, "x".repeat(200_000));
    assert.equal((await file.read()).length, 65_536);
  }));

Deno.test("anything but a file in its place is no message", () =>
  withFile(async (file) => {
    await Deno.remove(file.path);
    assert.equal(await file.read(), "");
    await Deno.symlink("/etc/passwd", file.path);
    assert.equal(await file.read(), "");
    await Deno.remove(file.path);
    const { success } = await new Deno.Command("mkfifo", { args: [file.path] }).output();
    assert.ok(success);
    assert.equal(await file.read(), "");
  }));
