import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseExporterConfig } from "@jumpstarter/core/config";
import { runTool } from "@jumpstarter/testing/process";
import { deleteExporter } from "./config_exporter_files.ts";

const JMP = fileURLToPath(new URL("./jmp.ts", import.meta.url));

interface Home extends AsyncDisposable {
  /** Where its exporters are. */
  readonly exporters: string;
  /** Runs `jmp config exporter`. */
  run(args: string[], stdin?: string, env?: Record<string, string>): Promise<Result>;
}

interface Result {
  code: number;
  stdout: string;
  output: string;
}

/** A place for configuration files of its own. */
async function makeHome(): Promise<Home> {
  const home = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  return {
    exporters: `${home}/exporters`,
    async run(args, stdin = "", env = {}): Promise<Result> {
      const { code, stdout, output } = await runTool(Deno.execPath(), {
        args: ["run", "-A", "-q", JMP, "config", "exporter", ...args],
        env: { JMP_CLIENT_CONFIG_HOME: home, VISUAL: "", ...env },
        stdin: new TextEncoder().encode(stdin),
      });
      return { code, stdout: new TextDecoder().decode(stdout), output };
    },
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

const ALL = ["--namespace", "lab", "--name", "board", "--endpoint", "host:1", "--token", "t0k3n"];

Deno.test("an exporter is created, listed and deleted", async () => {
  await using home = await makeHome();
  assert.equal((await home.run(["list"])).stdout, "No resources found.\n");
  const path = `${home.exporters}/dut.yaml`;
  const created = await home.run(["create", "dut", ...ALL, "-o", "path"]);
  assert.deepEqual([created.code, created.stdout], [0, `${path}\n`], created.output);
  const { config } = parseExporterConfig(await Deno.readTextFile(path), path);
  assert.deepEqual(config.metadata, { namespace: "lab", name: "board" });
  assert.deepEqual([config.endpoint, config.token], ["host:1", "t0k3n"]);

  const again = await home.run(["create", "dut", ...ALL]);
  assert.deepEqual([again.code, again.output], [1, 'Error: exporter "dut" exists\n']);
  assert.equal((await home.run(["list"])).stdout, `ALIAS  PATH\ndut    ${path}\n`);
  assert.equal((await home.run(["list", "-o", "name"])).stdout, "dut\n");

  assert.equal((await home.run(["delete", "dut", "-o", "path"])).stdout, `${path}\n`);
  const gone = await home.run(["delete", "dut"]);
  assert.deepEqual([gone.code, gone.output], [1, 'Error: exporter "dut" does not exist\n']);
});

Deno.test("what is not given is asked for, and the alias is default unless told", async () => {
  await using home = await makeHome();
  const { code, output } = await home.run(
    ["create", "-k", "--nointeractive"],
    "lab\n\nme\nh:1\nt\n",
  );
  assert.equal(code, 0, output);
  assert.equal(output, "Namespace: Name: Name: Endpoint: Token: ");
  const { config } = parseExporterConfig(
    await Deno.readTextFile(`${home.exporters}/default.yaml`),
    "f",
  );
  assert.equal(config.metadata.name, "me");
  assert.equal(config.tls.insecure, true);
});

Deno.test("certificates go unchecked only after a yes", async () => {
  await using home = await makeHome();
  const refused = await home.run(["create", "-k", ...ALL], "n\n");
  assert.equal(refused.code, 1);
  assert.match(refused.output, /Aborted by user/);
  assert.equal((await home.run(["create", "-k", ...ALL], "y\n")).code, 0);
  const ended = await home.run(["create", "other"]);
  assert.equal(ended.code, 1);
  assert.match(ended.output, /Cannot ask for Namespace: standard input has ended/);
});

Deno.test("a listing has everything but the token, and names the files that cannot be read", async () => {
  await using home = await makeHome();
  await home.run(["create", "dut", ...ALL]);
  const json = await home.run(["list", "-o", "json"]);
  const { kind, items } = JSON.parse(json.stdout);
  assert.equal(kind, "ExporterConfigList");
  assert.deepEqual([items[0].alias, items[0].path], ["dut", `${home.exporters}/dut.yaml`]);
  assert.doesNotMatch(json.stdout, /t0k3n/);
  await Deno.writeTextFile(`${home.exporters}/broken.yaml`, "a: [");
  const yaml = await home.run(["list", "-o", "yaml"]);
  assert.equal(yaml.code, 1);
  assert.match(yaml.stdout, /alias: dut/);
  assert.match(yaml.output, /broken\.yaml:1:5: not valid YAML/);
});

Deno.test("an alias that is no file's name is wrong usage", async () => {
  await using home = await makeHome();
  const { code, output } = await home.run(["create", "a/b", ...ALL]);
  assert.equal(code, 2);
  assert.match(output, /it must be the name of a file, without folder: current value is 'a\/b'/);
});

Deno.test("the editor gets the file, and mistakes that it leaves are told", async () => {
  await using home = await makeHome();
  assert.match((await home.run(["edit"])).output, /exporter "default" does not exist/);
  await home.run(["create", ...ALL]);
  const spoil = { EDITOR: "sed -i.bak s/ExporterConfig/ExporterConfg/" };
  const spoilt = await home.run(["edit"], "", spoil);
  assert.equal(spoilt.code, 1);
  assert.match(spoilt.output, /default\.yaml:2:7: kind: .*did you mean 'ExporterConfig'/);
  const failed = await home.run(["edit"], "", { EDITOR: "false" });
  assert.match(failed.output, /'false' ended with exit code 1/);
});

Deno.test("the machine's exporters are not deleted", async () => {
  const base = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  try {
    const locations = {
      user: `${base}/config.yaml`,
      clients: `${base}/clients`,
      exporters: `${base}/exporters`,
      systemExporters: `${base}/system`,
    };
    await Deno.mkdir(locations.exporters);
    await Deno.mkdir(locations.systemExporters);
    await Deno.writeTextFile(`${locations.systemExporters}/x.yaml`, "");
    await assert.rejects(deleteExporter("x", locations), /only in the system location '.*x\.yaml'/);
    await Deno.writeTextFile(`${locations.exporters}/x.yaml`, "");
    assert.deepEqual(await deleteExporter("x", locations), {
      path: `${locations.exporters}/x.yaml`,
      remaining: `${locations.systemExporters}/x.yaml`,
    });
  } finally {
    await Deno.remove(base, { recursive: true });
  }
});
