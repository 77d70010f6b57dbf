/**
 * Holds the rules on imports: arrows between zones, doors between folders, no cycles, no foreign registries, and
 * nothing slow in the hot path.
 */
import { dirname, join } from "node:path/posix";
import { isKnownZone, mayImport, zoneOf } from "./arrows.ts";
import { importLines } from "./import_lines.ts";
import { type Member, readMembers } from "./members.ts";
import { findCycles } from "./module_cycle.ts";
import { reportProblems } from "./problems.ts";
import { readTree, ROOT } from "./repository.ts";

/** An own HTTP/2 stands in their place (docs: DESIGN "HTTP/2 is ours"); as peers they belong into tests and bench/. */
const NOT_IN_CORE = ["node:http", "node:http2", "@connectrpc/connect-node"];

/** Tests, and what the tests of one folder share; neither is published. */
const isTest = (path: string) =>
  path.endsWith("_test.ts") || /^(core|drivers|cli)\/.*\/testing\//.test(path);

/** Loads each driver's parts by themselves, when they are needed: a `mod.ts` would load all of them. */
const DRIVER_TABLE = "drivers/registry.ts";

/** Zones that publish nothing and that nobody imports: programs. */
const PROGRAMS = new Set(["_tools", "bench", "examples"]);

/** Where a specifier leads inside the repository, or `undefined` for a package of somebody else. */
function resolve(specifier: string, from: string, members: readonly Member[]): string | undefined {
  if (specifier.startsWith(".")) return join(dirname(from), specifier);
  for (const { folder, config } of members) {
    const { name } = config;
    if (name === undefined || (specifier !== name && !specifier.startsWith(`${name}/`))) continue;
    const target = config.exports?.[`.${specifier.slice(name.length)}`];
    return target === undefined ? `${folder}/not exported` : join(folder, target);
  }
  return undefined;
}

/** What is wrong with an import of somebody else's package. */
function foreignProblem(specifier: string, path: string): string | undefined {
  if (/^(jsr|https?|file):/.test(specifier)) {
    return `'${specifier}' cannot be fetched everywhere: take a package from npm`;
  }
  if (specifier.startsWith("npm:")) {
    return `'${specifier}' has its version in the code: name it in the imports of deno.json`;
  }
  if (path.startsWith("core/") && !isTest(path) && NOT_IN_CORE.includes(specifier)) {
    return `'${specifier}' is not for core: core/http2 and core/grpc stand in its place`;
  }
  return undefined;
}

/** What is wrong with an import of `target`, a file of ours. */
function ownProblem(specifier: string, path: string, target: string): string | undefined {
  const from = zoneOf(path);
  const to = zoneOf(target);
  if (target.endsWith("/not exported")) return `'${specifier}' is not among its exports`;
  if (isTest(target) && !isTest(path)) return `'${specifier}' is a test`;
  if (from === to) return undefined;
  if (PROGRAMS.has(to)) return `'${specifier}': nobody imports ${to}/`;
  if (!mayImport(from, to) && !(isTest(path) && to === "testing")) {
    return `'${specifier}': ${from} may not import ${to}`;
  }
  if (!specifier.startsWith(".") || path === DRIVER_TABLE) return undefined;
  if (path.split("/")[0] !== target.split("/")[0]) {
    return `'${specifier}' leaves the package: import it by its name, @jumpstarter/…`;
  }
  return /^(internal_)?mod\.ts$/.test(target.slice(to.length + 1))
    ? undefined
    : `'${specifier}': ${to} is entered through its mod.ts or internal_mod.ts`;
}

/**
 * Checks all modules.
 *
 * @param files Their texts by path, relative to the checkout.
 * @param members The workspace's packages.
 * @returns One line for each problem.
 */
export function checkImports(
  files: ReadonlyMap<string, string>,
  members: readonly Member[],
): string[] {
  const problems: string[] = [];
  const edges = new Map<string, string[]>();
  for (const [path, source] of files) {
    if (!isKnownZone(zoneOf(path))) {
      problems.push(`${path}: ${zoneOf(path)} has no place in _tools/arrows.ts`);
    }
    for (const { specifier, typeOnly } of importLines(source)) {
      const target = resolve(specifier, path, members);
      const problem = target === undefined
        ? foreignProblem(specifier, path)
        : ownProblem(specifier, path, target);
      if (problem !== undefined) problems.push(`${path}: ${problem}`);
      if (target === undefined || typeOnly) continue;
      edges.set(path, [...edges.get(path) ?? [], target]);
    }
  }
  for (const cycle of findCycles(edges)) problems.push(`a cycle: ${cycle.join(" imports ")}`);
  return problems;
}

if (import.meta.main) {
  const files = await readTree(ROOT, (path) => path.endsWith(".ts"));
  reportProblems(checkImports(files, await readMembers(ROOT)));
}
