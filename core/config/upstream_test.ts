import assert from "node:assert/strict";
import fc from "fast-check";
import {
  exporterConfigToJson,
  parseClientConfig,
  parseExporterConfig,
  stringifyClientConfig,
  stringifyExporterConfig,
  toYaml,
  YamlSource,
} from "./mod.ts";
import { anyClientConfig, anyExporterConfig, anyJson } from "./testing/any_config.ts";
import { runUpstream, testWithUpstream } from "./testing/upstream_python.ts";

const nothing = () => undefined;
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

testWithUpstream("PyYAML reads what is written here, and the other way", async () => {
  const values = fc.sample(anyJson, 400).map(plain);
  const { read, written } = await runUpstream<{ read: unknown[]; written: string[] }>(
    "json.dump({'read': [yaml.safe_load(text) for text in data['texts']],\n" +
      "  'written': [yaml.safe_dump(value, sort_keys=False) for value in data['values']]}, sys.stdout)",
    { texts: values.map(toYaml), values },
  );
  values.forEach((value, i) => {
    assert.deepEqual(read[i], value, toYaml(value));
    assert.deepEqual(new YamlSource(written[i], "f").value, value, written[i]);
  });
});

testWithUpstream("plain words mean what they mean to PyYAML", async () => {
  const words = ["yes", "No", "on", "OFF", "y", "n", "~", "", "null", "Null", "true", "TRUE"];
  words.push("0777", "0o17", "09", "0x1F", "0b101", "1_000", "-5", "+5", "1e3", "1.5e+3", "1.5e3");
  words.push(".5", "1.", "-.inf", ".NaN", "123e4567", "0", "00", "-0x10", "a b", "1.2.3", "0_");
  const texts = words.map((word) => `value: ${word}\n`);
  const expected = await runUpstream<unknown[]>(
    "json.dump([repr(yaml.safe_load(text)['value']) for text in data], sys.stdout)",
    texts,
  );
  texts.forEach((text, i) => {
    const { value } = new YamlSource(text, "f").value as { value: unknown };
    assert.equal(python(value, expected[i] as string), expected[i], text);
  });
});

/** A value as Python's `repr` shows it; a float keeps its point. */
function python(value: unknown, like: string): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return `'${value}'`;
  if (Number.isNaN(value)) return "nan";
  if (typeof value === "number" && !Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Number.isInteger(value) && like.endsWith(".0") ? `${value}.0` : String(value);
}

const DUMP = "json.loads(model.model_dump_json(by_alias=True, exclude={'alias', 'path'}))";

testWithUpstream(
  "upstream reads exporters written here, and writes what is read here",
  async () => {
    const configs = fc.sample(anyExporterConfig, 60);
    const results = await runUpstream<{ json: Record<string, unknown>; text: string }[]>(
      "from jumpstarter.config.exporter import ExporterConfigV1Alpha1 as Config\n" +
        "out = []\nfor text in data:\n  model = Config.model_validate(yaml.safe_load(text))\n" +
        `  out.append({'json': ${DUMP}, 'text': Config.dump_yaml(model)})\n` +
        "json.dump(out, sys.stdout)",
      configs.map(stringifyExporterConfig),
    );
    configs.forEach((config, i) => {
      // The release does not know these two yet.
      const { motd: _motd, exitOnLeaseEnd: _exit, ...expected } = exporterConfigToJson(config);
      const { motd: _theirs, exitOnLeaseEnd: _alsoTheirs, ...json } = results[i].json;
      assert.deepEqual(json, plain(expected));
      const { config: read, warnings } = parseExporterConfig(results[i].text, "f", nothing);
      assert.deepEqual(
        plain({ ...read, motd: config.motd, exitOnLeaseEnd: config.exitOnLeaseEnd }),
        plain(config),
      );
      assert.deepEqual(warnings, []);
    });
  },
);

testWithUpstream("upstream reads clients written here, and writes what is read here", async () => {
  // Upstream writes no null, and then misses the namespace itself.
  const configs = fc.sample(anyClientConfig, 60).filter((config) =>
    config.metadata.namespace !== null
  );
  const texts = await runUpstream<string[]>(
    "from jumpstarter.config.client import ClientConfigV1Alpha1 as Config\n" +
      "json.dump([Config.dump_yaml(Config.model_validate(yaml.safe_load(text))) for text in data],\n" +
      "  sys.stdout)",
    configs.map(stringifyClientConfig),
  );
  configs.forEach((config, i) => {
    const { config: read } = parseClientConfig(texts[i], "f", nothing);
    // The release keeps the time to dial to itself.
    const leases = { ...read.leases, dialTimeout: config.leases.dialTimeout };
    // What it dumps for a person to see lacks the refresh token.
    const { refreshToken: _token, ...expected } = config;
    assert.deepEqual(plain({ ...read, leases }), plain(expected));
  });
});
