import assert from "node:assert/strict";
import { startProcess } from "@jumpstarter/testing/process";
import { testWithUpstreamPeer } from "@jumpstarter/testing/upstream";
import { type ProgramRun, runProgram } from "../testing/run_program.ts";

testWithUpstreamPeer("j uses upstream's exporter", async ({ bin, kit }, t) => {
  const folder = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  try {
    await using _exporter = await startProcess(`${bin}/python`, {
      args: [`${kit}/serve.py`, `unix:${folder}/socket`],
      env: { PEER_DATA_DIR: folder },
      deadlineMs: 60_000,
    });
    const env = { JUMPSTARTER_HOST: `${folder}/socket` };
    const j = (...args: string[]): Promise<ProgramRun> => runProgram("j", args, { env });

    await t.step("its tree is shown", async () => {
      const { code, stdout } = await j();
      assert.equal(code, 0);
      const lines = stdout.split("\n");
      assert.equal(lines[0], "peer kit");
      assert.ok(lines.includes("├─ power          mock power"));
      assert.ok(lines.includes("│     └─ console  (PySerial)"));
    });

    await t.step("power is read in upstream's words", async () => {
      const expected = await new Deno.Command(`${bin}/j`, {
        args: ["power", "read"],
        env: { ...env, JMP_DRIVERS_ALLOW: "UNSAFE" },
      }).output();
      const text = new TextDecoder().decode(expected.stdout);
      assert.match(text, /voltage=5\.0 V {2}current=2\.0 A/);
      assert.deepEqual(await j("power", "read"), { code: 0, stdout: text, stderr: "" });
    });

    await t.step("a method that the driver does not have is told in one line", async () => {
      assert.deepEqual(await j("alias", "rescue"), {
        code: 1,
        stdout: "",
        stderr: "Error: alias: method rescue not found on driver\n" +
          "The driver of this exporter cannot do that\n",
      });
    });

    await t.step("a shell method's output and exit code come through", async () => {
      assert.deepEqual(await j("shell", "hello", "you"), {
        code: 0,
        stdout: "hello you\n",
        stderr: "",
      });
      assert.deepEqual(await j("shell", "fails", "now"), { code: 7, stdout: "", stderr: "oops\n" });
    });

    await t.step("a file goes to the storage and back", async () => {
      await Deno.writeFile(`${folder}/image`, new Uint8Array(300_000).fill(7));
      assert.equal((await j("storage", "write-from-path", "a/b.bin", `${folder}/image`)).code, 0);
      assert.match((await j("storage", "list", "a/")).stdout, /^a\/b\.bin$/m);
      assert.equal((await j("storage", "read-into-path", "a/b.bin", `${folder}/back`)).code, 0);
      assert.deepEqual(
        await Deno.readFile(`${folder}/back`),
        await Deno.readFile(`${folder}/image`),
      );
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
