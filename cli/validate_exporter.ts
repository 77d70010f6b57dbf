import {
  checkExporterFile,
  type ConfigProblem,
  didYouMean,
  exportNodes,
  type KeyPath,
  sortProblems,
} from "@jumpstarter/core/config";
import { checkTree, DriverRegistry } from "@jumpstarter/core/driver";
import { driverTypes } from "@jumpstarter/drivers/registry";
import { dirname, resolve } from "node:path";

/** What {@linkcode validateExporter} found. */
export interface Validation {
  /** The file's name. */
  readonly file: string;
  /** Whether an exporter can start with it. */
  readonly valid: boolean;
  /** How many entries it exports, children included. */
  readonly drivers: number;
  /** What is wrong, in the order of the file. */
  readonly problems: readonly ConfigProblem[];
  /** What is ignored, in the order of the file. */
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Checks an exporter's file without touching a device: its YAML, its shape, the types of its drivers, the configuration
 * of each, and where proxies lead. All mistakes come at once.
 *
 * @param text The file's content.
 * @param file Its name; modules of drivers are looked for beside it.
 * @param registry Knows the drivers.
 */
export async function validateExporter(
  text: string,
  file: string,
  registry: DriverRegistry = new DriverRegistry(driverTypes),
): Promise<Validation> {
  const { nodes, source, problems: found, warnings } = checkExporterFile(text, file);
  const problems = [...found];
  const inTree = await checkTree({
    root: { kind: "composite", children: nodes },
    registry,
    baseFolder: dirname(resolve(file)),
    keys: ["export"],
  });
  const names = [...exportNodes(nodes)].map(({ name }) => name);
  for (const { path, message, hint } of inTree) {
    const ref = path.at(-1) === "ref" ? String(source.at(path)) : undefined;
    // An entry that is there but could not be read is no target either: its own mistake says enough.
    const unread = ref !== undefined && !names.includes(ref);
    if (unread && source.at(entryPath(ref)) !== undefined) continue;
    const guess = hint ?? (unread ? didYouMean(ref, names) : undefined);
    const pointed = message.startsWith("no such key") ? "key" : "value";
    problems.push(source.problem(path, message, { hint: guess, pointed }));
  }
  return {
    file,
    valid: problems.length === 0,
    drivers: names.length,
    problems: sortProblems(problems),
    warnings,
  };
}

/** Where the entry stands that a proxy's `ref` names. */
function entryPath(ref: string): KeyPath {
  return ref.split(".").flatMap((name, i) => [i === 0 ? "export" : "children", name]);
}
