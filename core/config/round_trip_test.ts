import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseClientConfig,
  parseExporterConfig,
  stringifyClientConfig,
  stringifyExporterConfig,
  toYaml,
  YamlSource,
} from "./mod.ts";
import { anyClientConfig, anyExporterConfig, anyJson } from "./testing/any_config.ts";

const nothing = () => undefined;

/** Keys that are undefined, and those that are not there, are one. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

Deno.test("an exporter's configuration reads as it was written", () => {
  fc.assert(fc.property(anyExporterConfig, (config) => {
    const { config: read, warnings } = parseExporterConfig(
      stringifyExporterConfig(config),
      "f",
      nothing,
    );
    assert.deepEqual(plain(read), plain(config));
    assert.deepEqual(warnings, []);
  }));
});

Deno.test("a client's configuration reads as it was written", () => {
  fc.assert(fc.property(anyClientConfig, (config) => {
    const { config: read } = parseClientConfig(stringifyClientConfig(config), "f", nothing);
    assert.deepEqual(plain(read), plain(config));
  }));
});

Deno.test("any value reads as it was written", () => {
  fc.assert(fc.property(anyJson, (value) => {
    const source = new YamlSource(toYaml(value), "f");
    assert.deepEqual(source.problems, []);
    assert.deepEqual(plain(source.value), plain(value));
  }));
});

Deno.test("any text is read, or refused with a place in it", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom("export:", "  a:", "    type: x", "- a", "*a", "&a b", "<<: *a", "? x"),
  );
  fc.assert(fc.property(fc.array(line), (lines) => {
    const text = lines.join("\n");
    const source = new YamlSource(text, "f");
    for (const problem of source.problems) {
      assert.ok(problem.line >= 1 && problem.line <= lines.length + 1, `line ${problem.line}`);
      assert.ok(problem.column >= 1);
    }
    try {
      parseExporterConfig(text, "f", nothing);
    } catch (error) {
      assert.equal((error as Error).name, "ConfigError", (error as Error).stack);
    }
  }));
});
