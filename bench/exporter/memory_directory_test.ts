import assert from "node:assert/strict";
import { MemoryDirectory } from "./memory_directory.ts";

Deno.test("a directory goes with all that is in it", async () => {
  let path: string;
  {
    await using directory = new MemoryDirectory();
    path = directory.path;
    await Deno.writeTextFile(`${path}/file`, "text");
  }
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});
