import assert from "node:assert/strict";
import { breakingChanges } from "./check_breaking.ts";
import { runCommand } from "./command.ts";
import { ROOT } from "./repository.ts";

Deno.test("a field that an old peer knows and that is gone fails, a new one passes", async () => {
  const old = await Deno.makeTempDir();
  try {
    await runCommand("cp", ["-r", `${ROOT}/buf.yaml`, `${ROOT}/proto`, old]);
    await runCommand("mkdir", [`${old}/testing`]);
    await runCommand("cp", ["-r", `${ROOT}/testing/proto`, `${old}/testing/proto`]);
    assert.equal(await breakingChanges(old), "");

    const file = `${old}/proto/jumpstarter/v1/router.proto`;
    const source = await Deno.readTextFile(file);
    await Deno.writeTextFile(
      file,
      source.replace("bytes payload = 1;", "bytes payload = 1; bytes more = 3;"),
    );
    assert.match(await breakingChanges(old), /router\.proto.*field "3".*"more"/);

    await Deno.writeTextFile(file, source.replace("  FrameType frame_type = 2;", ""));
    assert.equal(await breakingChanges(old), "");
  } finally {
    await Deno.remove(old, { recursive: true });
  }
});
