import assert from "node:assert/strict";
import { z } from "zod";
import { defineDriver, type DriverDefinition } from "./definition.ts";
import type { LogRecord } from "./log.ts";
import { DriverConfigError, type NodeConfig } from "./node_config.ts";
import { DriverRegistry } from "./registry.ts";
import { checkTree, DriverTree } from "./tree.ts";

const closed: string[] = [];

const Port: DriverDefinition = defineDriver({
  type: "test.Port",
  client: "test.PortClient",
  interfaces: [],
  config: z.strictObject({
    url: z.string(),
    baudrate: z.number().int().positive().default(115_200),
    missing: z.boolean().default(false),
    hangs: z.boolean().default(false),
  }),
  create: ({ url, missing, hangs }) => {
    if (missing) throw new Deno.errors.NotFound(`no such port: ${url}`);
    return {
      labels: { url },
      [Symbol.asyncDispose]: (): Promise<void> => {
        closed.push(url);
        return hangs ? new Promise(() => {}) : Promise.resolve();
      },
    };
  },
});

const Board: DriverDefinition = defineDriver({
  type: "test.Board",
  client: "test.BoardClient",
  interfaces: [],
  config: z.strictObject({}),
  create: (_config, { children }) => ({
    parts: {
      console: { definition: Port, instance: { labels: { of: [...children.keys()].join() } } },
    },
  }),
});

const registry = new DriverRegistry().add(Port).add(Board);

const port = (config: Record<string, unknown>): NodeConfig => ({
  kind: "driver",
  type: "test.Port",
  config,
  children: {},
});

function root(children: Record<string, NodeConfig>): NodeConfig {
  return { kind: "composite", children };
}

Deno.test("all that is wrong in a tree's configuration is found at once, with its place", async () => {
  const tree = root({
    typo: { kind: "driver", type: "test.Prot", config: {}, children: {} },
    box: {
      kind: "composite",
      children: { port: port({ baudrate: "fast", boadrate: 1, log_level: "loud", uuid: "x" }) },
    },
    alias: { kind: "proxy", ref: "box.prot" },
    round: { kind: "proxy", ref: "round" },
  });
  const problems = await checkTree({ root: tree, registry, keys: ["export"] });
  assert.deepEqual(
    problems.map(({ path, message, hint }) => [path.join("."), message, hint]),
    [
      [
        "export.typo.type",
        "Cannot load driver 'test.Prot': there is no such driver",
        "did you mean 'test.Port'?",
      ],
      ["export.box.children.port.config.uuid", "want a UUID: current value is 'x'", undefined],
      [
        "export.box.children.port.config.log_level",
        "want one of debug, info, warning, error, critical: current value is 'loud'",
        undefined,
      ],
      [
        "export.box.children.port.config.url",
        "Invalid input: expected string, received undefined: it is missing",
        undefined,
      ],
      [
        "export.box.children.port.config.baudrate",
        "Invalid input: expected number, received string: current value is 'fast'",
        undefined,
      ],
      [
        "export.box.children.port.config.boadrate",
        "no such key: known are url, baudrate, missing, hangs, log_level, uuid, labels",
        "did you mean 'baudrate'?",
      ],
      ["export.alias.ref", "Proxy driver alias references nonexistent driver box.prot", undefined],
      ["export.round.ref", "Proxy driver round references nonexistent driver round", undefined],
    ],
  );
  await assert.rejects(DriverTree.build({ root: tree, registry }), DriverConfigError);
  assert.deepEqual(closed, []);
});

Deno.test("a driver may bring children, and gets to see those of the file", async () => {
  await using tree = await DriverTree.build({
    root: root({
      board: {
        kind: "driver",
        type: "test.Board",
        config: {},
        children: { usb: port({ url: "u" }) },
      },
      alias: { kind: "proxy", ref: "board.console" },
    }),
    registry,
  });
  const reports = tree.reports();
  assert.deepEqual(
    reports.map(({ labels }) => labels["jumpstarter.dev/name"]),
    [undefined, "board", "usb", "console", "alias"],
  );
  assert.equal(reports[3].labels.of, "usb");
  assert.equal(reports[4].uuid, reports[3].uuid);
});

Deno.test("a driver that cannot be made is logged, and the tree stands", async () => {
  const lines: LogRecord[] = [];
  await using tree = await DriverTree.build({
    root: root({ a: port({ url: "ttyX", missing: true }), b: port({ url: "b" }) }),
    registry,
    sink: (record) => lines.push(record),
  });
  assert.deepEqual(lines.map(({ level, message }) => [level, message]), [
    ["error", "Cannot open a: no such port: ttyX"],
  ]);
  assert.equal([...tree.drivers()].length, 3);
  closed.length = 0;
});

Deno.test("a proxy may not lead to a part of which it is one itself", async () => {
  const loop = root({
    box: { kind: "composite", children: { me: { kind: "proxy", ref: "box" } } },
  });
  await assert.rejects(
    DriverTree.build({ root: loop, registry }),
    /Proxy driver me references box, which it is a part of/,
  );
});

Deno.test("a driver is found by its UUID however it is written", async () => {
  const uuid = "0A7C6BEE-4f1e-4d6e-9d3c-000000000001";
  await using tree = await DriverTree.build({ root: port({ url: "u", uuid }), registry });
  assert.equal(tree.root.uuid, uuid.toLowerCase());
  for (const text of [uuid, uuid.toLowerCase(), uuid.replaceAll("-", "")]) {
    assert.equal(tree.find(text), tree.root);
  }
  assert.equal(tree.find("0a7c6bee"), undefined);
});

Deno.test("a module of the user's own is a driver too", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/my_board.ts`,
      `export const MyPower = { client: "my.Client", interfaces: [], config: { safeParse: () => ({ success: true, data: {} }) }, create: () => ({}) };`,
    );
    const type = "./my_board.ts#MyPower";
    const own = (type: string): NodeConfig => ({ kind: "driver", type, config: {}, children: {} });
    await using tree = await DriverTree.build({ root: own(type), registry, baseFolder: folder });
    assert.equal(tree.root.definition.type, type);
    const problems = await checkTree({
      root: own("./my_board.ts#MyPover"),
      registry,
      baseFolder: folder,
    });
    assert.equal(problems[0].hint, "did you mean 'MyPower'?");
    const [missing] = await checkTree({ root: own("./no.ts#A"), registry, baseFolder: folder });
    assert.match(missing.message, /Cannot load driver '.\/no.ts#A'/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
