import assert from "node:assert/strict";
import { hookCommand } from "./hook_command.ts";

Deno.test("text goes to the shell, or to the interpreter that is asked for", async () => {
  assert.deepEqual(await hookCommand({ script: "echo a\necho b" }), {
    interpreter: "/bin/sh",
    args: ["-c", "echo a\necho b"],
  });
  assert.deepEqual(await hookCommand({ script: "[[ 1 ]]", exec: "/bin/bash" }), {
    interpreter: "/bin/bash",
    args: ["-c", "[[ 1 ]]"],
  });
});

Deno.test("one line that names a file is that file, run by what its name says", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (
      const [name, interpreter] of [["a.sh", "/bin/sh"], ["b.py", "python3"], ["c", "/bin/sh"]]
    ) {
      const path = `${folder}/${name}`;
      await Deno.writeTextFile(path, "");
      assert.deepEqual(await hookCommand({ script: ` ${path}\n` }), { interpreter, args: [path] });
      assert.deepEqual(await hookCommand({ script: path, exec: "bash" }), {
        interpreter: "bash",
        args: [path],
      });
    }
    assert.equal((await hookCommand({ script: folder }))?.args[0], "-c");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a script without a word is nothing to run", async () => {
  assert.equal(await hookCommand({ script: " \n\t\n" }), undefined);
});
