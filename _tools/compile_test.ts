import assert from "node:assert/strict";
import { runCommand } from "./command.ts";
import { compile, findDenort, neededImports } from "./compile.ts";

Deno.test("only packages that the program's modules name go into it", () => {
  const imports = { a: "npm:a@1", "a-b": "npm:a-b@1", "@c/d": "npm:@c/d@1", e: "npm:e@1" };
  const sources = ['import x from "a";', 'await import("@c/d/sub")', "// e is only spoken of"];
  assert.deepEqual(neededImports(imports, sources), { a: "npm:a@1", "@c/d": "npm:@c/d@1" });
});

const denort = await findDenort();

Deno.test({
  name: "a compiled program is jmp, and j by that name: it serves a board and uses it" +
    (denort === undefined ? " [needs ../shared/tools/denort]" : ""),
  ignore: denort === undefined,
  async fn(): Promise<void> {
    const folder = await Deno.makeTempDir({ prefix: "jmp-" });
    try {
      const jmp = `${folder}/jmp`;
      await compile(jmp, undefined, denort);
      const version = await runCommand(jmp, ["version"]);
      assert.match(version.output, new RegExp(`^Jumpstarter v.* from ${jmp} \\(Deno `));
      await Deno.writeTextFile(
        `${folder}/board.yaml`,
        "metadata: { namespace: default, name: board }\n" +
          "export: { power: { type: jumpstarter_driver_power.driver.MockPower } }\n",
      );
      const shell = ["shell", "--exporter-config", `${folder}/board.yaml`, "--"];
      const { code, output } = await runCommand(jmp, [...shell, "j", "power", "read"]);
      assert.equal(code, 0, output);
      assert.match(output, /^voltage=0\.0 V {2}current=0\.0 A .*\nvoltage=5\.0 V /);
      await Deno.symlink(jmp, `${folder}/j`);
      const help = await runCommand(`${folder}/j`, ["--help"]);
      assert.match(help.output, /^Usage: j /);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
