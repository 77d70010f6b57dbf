import { z } from "zod";
import { checkValue, type Findings } from "./check_value.ts";
import type { KeyPath } from "./config_problem.ts";
import type { YamlSource } from "./yaml_source.ts";

/** An entry of `export:` with a `type`: a driver. */
export interface DriverConfig {
  /** Which of the three shapes it is. */
  readonly kind: "driver";
  /** The driver's type: upstream's class path, or `./module.ts#Export`. */
  readonly type: string;
  /** What the driver is told. Checked by the driver's own schema. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Its children, in the order of the file. */
  readonly children: Readonly<Record<string, DriverNodeConfig>>;
  /** What it is for, for a person. */
  readonly description?: string;
  /** Help for its commands, by name. */
  readonly methodsDescription: Readonly<Record<string, string>>;
}

/** An entry with a `ref`: another driver under a second name. */
export interface ProxyConfig {
  /** Which of the three shapes it is. */
  readonly kind: "proxy";
  /** The other's path from the root: `dut.power`. */
  readonly ref: string;
}

/** An entry that only has children: a folder of drivers. */
export interface CompositeConfig {
  /** Which of the three shapes it is. */
  readonly kind: "composite";
  /** Its children, in the order of the file. */
  readonly children: Readonly<Record<string, DriverNodeConfig>>;
}

/** An entry of `export:`, or of the `children:` of one. */
export type DriverNodeConfig = DriverConfig | ProxyConfig | CompositeConfig;

const children = z.record(z.string(), z.unknown()).default({});

const driverShape = z.strictObject({
  type: z.string().min(1),
  description: z.string().nullish(),
  methods_description: z.record(z.string(), z.string()).default({}),
  config: z.record(z.string(), z.unknown()).default({}),
  children,
});
const proxyShape = z.strictObject({ ref: z.string().min(1) });
const compositeShape = z.strictObject({ children });

/**
 * Reads the entry at `path` as the shape it has. Upstream reads an entry with a mistake in it as an empty composite;
 * here it is a problem.
 *
 * @returns The entry, or `undefined` if it cannot be used.
 */
export function readExportNode(
  source: YamlSource,
  path: KeyPath,
  found: Findings,
): DriverNodeConfig | undefined {
  const value = source.at(path);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const hint = "give it a 'type', a 'ref' or 'children'";
    found.problems.push(source.problem(path, "expected a driver", { hint, pointed: "key" }));
    return;
  }
  if ("type" in value) return readDriver(source, path, found);
  if ("ref" in value && !("children" in value)) {
    const explain = (key: string) => ignored(key, "proxy");
    const read = checkValue(source, path, proxyShape, found, { explain });
    return read && { kind: "proxy", ref: read.ref };
  }
  return readComposite(source, path, found);
}

function readDriver(
  source: YamlSource,
  path: KeyPath,
  found: Findings,
): DriverConfig | undefined {
  const explain = (key: string) => ignored(key, "driver");
  const read = checkValue(source, path, driverShape, found, { explain });
  // Children are looked at even where their parent is wrong: all mistakes come at once.
  const below = readExportNodes(source, [...path, "children"], found);
  if (read === undefined) return;
  const { type, config, description, methods_description: methodsDescription } = read;
  for (const key of ["description", "children", "methods_description"]) {
    if (!(key in config)) continue;
    found.problems.push(
      source.problem([...path, "config", key], `'${key}' does not belong into 'config'`, {
        hint: "move it up, beside 'type'",
        pointed: "key",
      }),
    );
  }
  const about = typeof description === "string" ? { description } : {};
  return { kind: "driver", type, config, children: below, ...about, methodsDescription };
}

function readComposite(
  source: YamlSource,
  path: KeyPath,
  found: Findings,
): CompositeConfig | undefined {
  const explain = (key: string) => ignored(key, "composite");
  const read = checkValue(source, path, compositeShape, found, { explain });
  for (const key of ["config", "methods_description"]) {
    if (source.at([...path, key]) === undefined) continue;
    const hint = "add the driver's 'type': without it this is an empty composite";
    found.problems.push(
      source.problem([...path, key], `'${key}' without 'type'`, { hint, pointed: "key" }),
    );
  }
  const below = readExportNodes(source, [...path, "children"], found);
  return read && { kind: "composite", children: below };
}

/** Reads all entries of the mapping at `path`. */
export function readExportNodes(
  source: YamlSource,
  path: KeyPath,
  found: Findings,
): Record<string, DriverNodeConfig> {
  const value = source.at(path);
  const nodes: Record<string, DriverNodeConfig> = {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) return nodes;
  for (const name of Object.keys(value)) {
    const node = readExportNode(source, [...path, name], found);
    if (node !== undefined) nodes[name] = node;
  }
  return nodes;
}

/** Why a key that is known elsewhere means nothing here. */
function ignored(key: string, kind: DriverNodeConfig["kind"]): string | undefined {
  const known = ["type", "ref", "config", "children", "description", "methods_description"];
  return known.includes(key) ? `'${key}' is ignored: the entry is a ${kind}` : undefined;
}
