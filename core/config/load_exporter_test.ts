import assert from "node:assert/strict";
import {
  editYaml,
  exporterPath,
  findExporter,
  listExporters,
  loadExporterConfig,
  saveExporterConfig,
  writePrivateFile,
} from "./mod.ts";
import { parseExporterConfig } from "./mod.ts";
import { temporaryLocations } from "./testing/temporary_locations.ts";

const { config } = parseExporterConfig(
  "metadata: {namespace: lab, name: board}",
  "f",
  () => undefined,
);

Deno.test("an alias means the user's file, and without one the machine's", async () => {
  await using folder = await temporaryLocations();
  const { locations } = folder;
  await Deno.mkdir(locations.systemExporters);
  const text = "metadata: {namespace: lab, name: system}\n";
  await Deno.writeTextFile(`${locations.systemExporters}/board.yaml`, text);
  await Deno.writeTextFile(`${locations.systemExporters}/other.yaml`, text);
  const name = async (alias: string): Promise<string> =>
    (await loadExporterConfig(alias, locations)).config.metadata.name;
  assert.equal(await name("board"), "system");
  const path = await saveExporterConfig("board", config, locations);
  assert.equal(path, exporterPath("board", locations));
  assert.equal(await name("board"), "board");
  assert.equal(await findExporter("nobody", locations), undefined);
  assert.deepEqual(await listExporters(locations), [
    { alias: "board", path },
    { alias: "other", path: `${locations.systemExporters}/other.yaml` },
  ]);
  await assert.rejects(name("bord"), /Cannot load exporter 'bord': .*: did you mean 'board'\?/);
});

Deno.test("a path is taken as it is", async () => {
  await using folder = await temporaryLocations();
  const path = await saveExporterConfig("board", config, folder.locations);
  assert.equal((await loadExporterConfig(path)).file, path);
  await assert.rejects(
    loadExporterConfig(`${path}.gone/x.yaml`),
    /Cannot load exporter: no such file: current value is '.*x\.yaml'/,
  );
});

Deno.test("an alias is a file's name and nothing else", () => {
  for (const alias of ["", ".", "..", "a/b", "a\\b"]) {
    assert.throws(() => exporterPath(alias), RangeError, alias);
  }
});

Deno.test({
  name: "a file is only for its owner, and takes the place of another's as a whole",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await temporaryLocations();
    const path = await saveExporterConfig("board", config, folder.locations);
    await Deno.chmod(path, 0o644);
    await writePrivateFile(path, "a: 1\n");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.equal(await Deno.readTextFile(path), "a: 1\n");
    await assert.rejects(writePrivateFile(folder.locations.exporters, "x"));
    const left = Array.from(Deno.readDirSync(folder.locations.exporters), ({ name }) => name);
    assert.deepEqual(left, ["board.yaml"]);
  },
});

Deno.test("an edit leaves comments, order and spelling of the rest alone", () => {
  const text = `# the board
token: 'old' # changes
hooks: {beforeLease: {script: "a"}}   # flow

export:
  # first
  power: {type: a.B, config: {mode: 0644, on: yes}}
x-base: &b {a: 1}
y:
  <<: *b
`;
  const edited = editYaml(text, [[["token"], "new"], [["endpoint"], "h:1"], [
    ["x-base", "a"],
    undefined,
  ]]);
  assert.equal(
    edited,
    `# the board
token: new # changes
hooks: { beforeLease: { script: "a" } } # flow

export:
  # first
  power: { type: a.B, config: { mode: 0644, on: yes } }
x-base: &b {}
y:
  <<: *b
endpoint: h:1
`,
  );
});
