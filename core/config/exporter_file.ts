import { checkValue, type Findings } from "./check_value.ts";
import { ConfigError, type ConfigProblem, type KeyPath, sortProblems } from "./config_problem.ts";
import { type Environment, fromEnvironment, processEnvironment } from "./environment.ts";
import { type DriverNodeConfig, readExportNodes } from "./export_node.ts";
import { type ExporterConfig, exporterConfig } from "./exporter_config.ts";
import { YamlSource } from "./yaml_source.ts";

/** An exporter's file that was read. */
export interface ExporterFile {
  /** What it says. */
  readonly config: ExporterConfig;
  /** Where it says it: points later problems, such as those of a driver, to line and column. */
  readonly source: YamlSource;
  /** What is ignored, though somebody wrote it: keys that nobody knows. */
  readonly warnings: readonly ConfigProblem[];
  /** Its path, or what the reader was told in place of one. */
  readonly file: string;
}

/** What came of reading a file: all that is usable in it, and all that is wrong. */
export interface ExporterFileCheck {
  /** What it says; `undefined` where something outside of `export:` is wrong. */
  readonly config?: ExporterConfig;
  /** The drivers that could be read. */
  readonly nodes: Readonly<Record<string, DriverNodeConfig>>;
  /** Where it says it. */
  readonly source: YamlSource;
  /** What makes it unusable. */
  readonly problems: readonly ConfigProblem[];
  /** What is ignored, though somebody wrote it. */
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads an exporter's file as far as it can be read. Never throws.
 *
 * @param text Its content: YAML.
 * @param file Its name, for messages.
 * @param env The environment, which fills in `metadata`.
 */
export function checkExporterFile(
  text: string,
  file: string,
  env: Environment = processEnvironment,
): ExporterFileCheck {
  const source = new YamlSource(text, file);
  const found: Findings = { problems: [...source.problems], warnings: [] };
  if (found.problems.length > 0) return { nodes: {}, source, ...found };
  if (source.value === null) {
    found.problems.push(source.problem([], "the file is empty"));
    return { nodes: {}, source, ...found };
  }
  const value = fromEnvironment(source.value, env, ["metadata"]);
  const frame = checkValue(source, [], exporterConfig, found, { value });
  const nodes = readExportNodes(source, ["export"], found);
  const config = frame && { ...frame, export: nodes };
  return {
    config,
    nodes,
    source,
    problems: sortProblems(found.problems),
    warnings: sortProblems(found.warnings),
  };
}

/**
 * Reads an exporter's file.
 *
 * @param text Its content: YAML.
 * @param file Its name, for messages.
 * @param env The environment, which fills in `metadata`.
 * @throws {ConfigError} with all that is wrong.
 */
export function parseExporterConfig(
  text: string,
  file: string,
  env: Environment = processEnvironment,
): ExporterFile {
  const { config, source, problems, warnings } = checkExporterFile(text, file, env);
  if (config === undefined || problems.length > 0) {
    throw new ConfigError("Cannot read exporter configuration", problems);
  }
  return { config, source, warnings, file };
}

/** An entry of the tree of drivers, and where it stands. */
export interface PlacedNode {
  /** Its path in the tree: `dut.power`. */
  readonly name: string;
  /** Its path in the file: `["export", "dut", "children", "power"]`. */
  readonly path: KeyPath;
  /** The entry. */
  readonly node: DriverNodeConfig;
}

/** All entries of a tree, parents before their children. */
export function* exportNodes(
  nodes: Readonly<Record<string, DriverNodeConfig>>,
  path: KeyPath = ["export"],
  prefix = "",
): Generator<PlacedNode> {
  for (const [key, node] of Object.entries(nodes)) {
    const placed = { name: prefix + key, path: [...path, key], node };
    yield placed;
    if (node.kind === "proxy") continue;
    yield* exportNodes(node.children, [...placed.path, "children"], `${placed.name}.`);
  }
}
