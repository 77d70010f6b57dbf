import assert from "node:assert/strict";
import {
  checkExporterFile,
  ConfigError,
  exportNodes,
  formatProblem,
  parseExporterConfig,
} from "./mod.ts";

const nothing = () => undefined;

const parse = (text: string, env = nothing as (name: string) => string | undefined) =>
  parseExporterConfig(text, "f.yaml", env);

/** What is wrong with a text, without the file's name. */
function problems(text: string): string[] {
  const { problems } = checkExporterFile(text, "f", nothing);
  return problems.map((problem) => formatProblem(problem).replace(/^f:/, ""));
}

function warnings(text: string): string[] {
  return checkExporterFile(text, "f", nothing).warnings.map(formatProblem);
}

const HEAD = "metadata: {namespace: lab, name: board}\n";

Deno.test("a short file means its defaults", () => {
  const { config } = parse(HEAD);
  assert.deepEqual(JSON.parse(JSON.stringify(config)), {
    metadata: { namespace: "lab", name: "board" },
    tls: { ca: "", insecure: false },
    grpcOptions: {},
    export: {},
    hooks: {},
    failureDetection: { maxRapidFailures: 5, rapidFailureWindow: 60 },
    exitOnLeaseEnd: false,
  });
});

Deno.test("an entry is a driver, a proxy or a composite", () => {
  const { config } = parse(`${HEAD}export:
  power: {type: a.B, config: {x: 1}, description: d, methods_description: {on: m}}
  ref: {ref: power}
  both: {type: a.B, ref: power}
  empty: {}
  folder: {ref: power, children: {inner: {type: a.C}}}
`);
  const leaf = { kind: "driver", config: {}, children: {}, methodsDescription: {} };
  assert.deepEqual(config.export, {
    power: {
      ...leaf,
      type: "a.B",
      config: { x: 1 },
      description: "d",
      methodsDescription: { on: "m" },
    },
    ref: { kind: "proxy", ref: "power" },
    both: { ...leaf, type: "a.B" },
    empty: { kind: "composite", children: {} },
    folder: { kind: "composite", children: { inner: { ...leaf, type: "a.C" } } },
  });
  assert.deepEqual(
    [...exportNodes(config.export)].map(({ name, path }) => `${name} ${path.join("/")}`),
    [
      "power export/power",
      "ref export/ref",
      "both export/both",
      "empty export/empty",
      "folder export/folder",
      "folder.inner export/folder/children/inner",
    ],
  );
});

Deno.test("all mistakes come at once, each with its place and what to do", () => {
  assert.deepEqual(
    problems(`kind: ExporterConf
metadata:
  namespace: 5
tls: {insecure: maybe}
token: 7
hooks:
  beforeLease: {onFailure: endlease, timeout: -1}
grpcOptions: {a: [1]}
exitOnLeaseEnd: no
export:
  power:
    type: a.B
    config: null
  x: 5
  z: {config: {}}
  c: {children: {q: {type: 7}, r: {ref: 1}}}
  d: {type: a.B, config: {description: no}}
`),
    [
      "1:7: kind: expected 'ExporterConfig': current value is 'ExporterConf' (did you mean 'ExporterConfig'?)",
      "2:1: metadata.name: key is missing: expected text",
      "3:14: metadata.namespace: expected text: current value is 5 (put it in quotes: '5')",
      "4:17: tls.insecure: expected true or false: current value is 'maybe'",
      "5:8: token: expected text: current value is not shown (put it in quotes: '7')",
      "7:3: hooks.beforeLease.script: key is missing: expected text",
      "7:28: hooks.beforeLease.onFailure: expected 'warn' or 'endLease' or 'exit': current value is 'endlease' (did you mean 'endLease'?)",
      "7:47: hooks.beforeLease.timeout: expected at least 0: current value is -1",
      "8:18: grpcOptions.a: expected text or a number: current value is a list",
      "13:13: export.power.config: expected a mapping: current value is null (leave the key out for its default)",
      "14:3: export.x: expected a driver (give it a 'type', a 'ref' or 'children')",
      "15:7: export.z.config: 'config' without 'type' (add the driver's 'type': without it this is an empty composite)",
      "16:28: export.c.children.q.type: expected text: current value is 7 (put it in quotes: '7')",
      "16:41: export.c.children.r.ref: expected text: current value is 1 (put it in quotes: '1')",
      "17:27: export.d.config.description: 'description' does not belong into 'config' (move it up, beside 'type')",
    ],
  );
});

Deno.test("an unknown key is passed over with a warning that names the nearest", () => {
  assert.deepEqual(
    warnings(`${HEAD}hoks: {}
export:
  power: {type: a.B, cofig: {}, ref: x}
  proxy: {ref: power, description: d}
hooks: {beforeLease: {scrpt: x, script: "true"}}
`),
    [
      "f:2:1: hoks: unknown key 'hoks' (did you mean 'hooks'?)",
      "f:4:22: export.power.cofig: unknown key 'cofig' (did you mean 'config'?)",
      "f:4:33: export.power.ref: 'ref' is ignored: the entry is a driver",
      "f:5:23: export.proxy.description: 'description' is ignored: the entry is a proxy",
      "f:6:23: hooks.beforeLease.scrpt: unknown key 'scrpt' (did you mean 'script'?)",
    ],
  );
});

Deno.test("what is not YAML is refused with its place", () => {
  assert.match(problems("a: [\n b: }")[0], /^2:\d+: not valid YAML: /);
  assert.deepEqual(problems(""), ["1:1: the file is empty"]);
  assert.deepEqual(problems("a: 1\na: 2\n"), ["2:1: key 'a' appears twice"]);
  assert.match(problems("a: *b\n")[0], /not valid YAML: .*alias/i);
  assert.match(problems("- a\n")[0], /^1:1: expected a mapping: current value is a list$/);
});

Deno.test("the error names every problem", () => {
  assert.throws(() => parse("metadata: {}\n"), (error: ConfigError) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.problems.length, 2);
    assert.equal(
      error.message,
      "Cannot read exporter configuration:\n" +
        "f.yaml:1:1: metadata.namespace: key is missing: expected text\n" +
        "f.yaml:1:1: metadata.name: key is missing: expected text",
    );
    return true;
  });
});

Deno.test("the environment fills in who the exporter is, and nothing else", () => {
  const env = (name: string): string | undefined =>
    ({ JMP_NAMESPACE: "n", JMP_NAME: "m", JMP_TOKEN: "t", JMP_ENDPOINT: "e" })[name];
  const { config } = parse("metadata: {name: own}\n", env);
  assert.deepEqual(config.metadata, { namespace: "n", name: "own" });
  assert.equal(config.token, undefined);
  assert.equal(config.endpoint, undefined);
});

Deno.test("names of upstream's models are taken where upstream takes them", () => {
  const { config, warnings } = parse(`${HEAD}hooks:
  before_lease: {script: x, on_failure: exit, timeout: "60"}
failureDetection: {max_rapid_failures: 2, rapidFailureWindow: 3}
exitOnLeaseEnd: "yes"
`);
  assert.deepEqual({ ...config.hooks.beforeLease }, {
    script: "x",
    timeout: 60,
    onFailure: "exit",
  });
  assert.deepEqual(config.failureDetection, { maxRapidFailures: 2, rapidFailureWindow: 3 });
  assert.equal(config.exitOnLeaseEnd, true);
  assert.deepEqual(warnings, []);
});

Deno.test("anchors, aliases and merge keys are followed, also by places", () => {
  const text = `${HEAD}x-base: &base
  type: a.B
  config: {host: h}
export:
  one: *base
  two:
    <<: *base
    description: d
`;
  const { config, source } = parse(text);
  assert.deepEqual(Object.values(config.export).map((node) => node.kind), ["driver", "driver"]);
  assert.deepEqual(source.locate(["export", "one", "config", "host"]), { line: 4, column: 18 });
});

Deno.test("text that looks like a time, a date or a MAC address stays text, and so does a key", () => {
  const { config } = parse(`${HEAD}export:
  a: {type: a.B, config: {mac: 52:54:00:12:34:56, at: 22:30, on: 2024-01-02, mode: 0644}}
`);
  assert.deepEqual((config.export.a as { config: unknown }).config, {
    mac: "52:54:00:12:34:56",
    at: "22:30",
    on: "2024-01-02",
    mode: 0o644,
  });
});
