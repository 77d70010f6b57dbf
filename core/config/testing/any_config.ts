import fc from "fast-check";
import type { ClientConfig, DriverNodeConfig, ExporterConfig, HookConfig } from "../mod.ts";

/** Words that YAML likes to take for something else. */
const TRAPS = [
  ...["yes", "No", "on", "off", "y", "n", "~", "null", "true", "False", "", " ", "=", "<<", "-"],
  ...["0777", "0o17", "0x1f", "1_000", "1e3", "1.5", ".5", "1.", "123e4567", "22:30", "1:2.5"],
  ...["52:54:00:12:34:56", "2024-01-02", "2024-01-02 03:04:05", ".inf", "NaN", ".nan", "+5"],
  ...["a: b", "a #b", "#", "- a", "? a", "%x", "@x", "`x", "!x", "&x", "*x", "'x'", '"', "{a}"],
  ...["[x", "a\nb\n", "\n", "a\n\n", "  a\n b", "tab\there", "ü€😀", "---", "...", "a:", ":a"],
];

/** Text as it turns up in files, and as it should not. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "grapheme-ascii", maxLength: 100 }),
);

const anyKey: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/) },
  { weight: 1, arbitrary: anyText.filter((text) => text !== "__proto__") },
);

const dictionary = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(anyKey, value, { maxKeys: 4, noNullPrototype: true });

/** What JSON, and so a driver's configuration, can hold. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyText,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => Object.is(x, -0) ? 0 : x),
    fc.array(tie("value"), { maxLength: 3 }),
    dictionary(tie("value")),
  ),
})).value;

const optional = <K extends string>(key: K): fc.Arbitrary<{ [P in K]?: string }> =>
  fc.option(anyText, { nil: undefined }).map((value) =>
    ({ [key]: value }) as { [P in K]?: string }
  );

const anyNode: fc.Arbitrary<DriverNodeConfig> = fc.letrec<{ node: DriverNodeConfig }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant("proxy" as const), ref: anyText.filter((text) => text !== "") }),
    fc.record({ kind: fc.constant("composite" as const), children: dictionary(tie("node")) }),
    fc.record({
      kind: fc.constant("driver" as const),
      type: anyText.filter((text) => text !== ""),
      config: dictionary(anyJson).map((config) => {
        for (const key of ["description", "children", "methods_description"]) delete config[key];
        return config;
      }),
      children: dictionary(tie("node")),
      methodsDescription: dictionary(anyText),
    }).chain((node) =>
      fc.option(anyText, { nil: undefined }).map((description) =>
        description === undefined ? node : { ...node, description }
      )
    ),
  ),
})).node;

const anyHook: fc.Arbitrary<HookConfig | undefined> = fc.option(
  fc.record({
    exec: fc.option(anyText, { nil: undefined }),
    script: anyText,
    timeout: fc.nat(),
    onFailure: fc.constantFrom("warn", "endLease", "exit"),
  }),
  { nil: undefined },
);

const common = {
  metadata: fc.record({ namespace: fc.option(anyText), name: anyText }),
  tls: fc.record({ ca: anyText, insecure: fc.boolean() }),
  grpcOptions: dictionary(fc.oneof(anyText, fc.integer())),
};

/** Any exporter's configuration. */
export const anyExporterConfig: fc.Arbitrary<ExporterConfig> = fc.tuple(
  fc.record({
    ...common,
    export: dictionary(anyNode),
    hooks: fc.record({ beforeLease: anyHook, afterLease: anyHook }),
    failureDetection: fc.record({ maxRapidFailures: fc.nat(), rapidFailureWindow: fc.nat() }),
    exitOnLeaseEnd: fc.boolean(),
  }),
  optional("endpoint"),
  optional("token"),
  optional("description"),
  optional("motd"),
).map((parts) => Object.assign({}, ...parts));

/** Any client's configuration. */
export const anyClientConfig: fc.Arbitrary<ClientConfig> = fc.tuple(
  fc.record({
    ...common,
    drivers: fc.record({ allow: fc.array(anyText, { maxLength: 3 }), unsafe: fc.boolean() })
      .map(({ allow, unsafe }) => ({ allow, unsafe: unsafe || allow.includes("UNSAFE") })),
    shell: fc.record({ useProfiles: fc.boolean() }),
    leases: fc.record({
      acquisitionTimeout: fc.integer({ min: 5 }),
      dialTimeout: fc.integer({ min: 5 }),
      retryTimeout: fc.integer({ min: 0 }),
    }),
  }),
  optional("endpoint"),
  optional("token"),
  optional("refreshToken"),
).map((parts) => Object.assign({}, ...parts));
