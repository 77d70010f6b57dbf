import { equal, ok, rejects } from "node:assert/strict";
import { WorkDir } from "./work_dir.ts";

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A process that does nothing for a minute. */
function sleeper(): Deno.ChildProcess {
  return new Deno.Command("sleep", { args: ["60"] }).spawn();
}

Deno.test("disposing removes the folder, and ends the process that is watched", async () => {
  const child = sleeper();
  const folder = await WorkDir.create();
  await Deno.mkdir(folder.file("a/b"), { recursive: true });
  folder.watch(child.pid);
  await folder[Symbol.asyncDispose]();
  ok(!exists(folder.path));
  equal((await child.status).signal, "SIGKILL");
  await folder[Symbol.asyncDispose]();
});

Deno.test("a process that is watched no more is left alone", async () => {
  const child = sleeper();
  const folder = await WorkDir.create();
  folder.watch(child.pid);
  folder.watch(undefined);
  await folder[Symbol.asyncDispose]();
  child.kill("SIGTERM");
  equal((await child.status).signal, "SIGTERM");
});

Deno.test("a folder in which sockets could not be named is refused, and not left", async () => {
  const parent = await Deno.makeTempDir();
  const deep = `${parent}/${"d".repeat(80)}`;
  await Deno.mkdir(deep);
  await rejects(WorkDir.create(deep), /names over 107 bytes; set TMPDIR to a shorter path/);
  equal([...Deno.readDirSync(deep)].length, 0);
  await Deno.remove(parent, { recursive: true });
});
