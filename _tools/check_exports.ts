/**
 * Holds the rules on packages: each has a name, a version, a licence and an exports map that matches its folders, and
 * publishes no tests.
 */
import { type Member, readMembers } from "./members.ts";
import { reportProblems } from "./problems.ts";
import { readTree, ROOT } from "./repository.ts";

/** JSR's own rule for the name of an entry point, plus ours: the name says where to look. */
const ENTRY = /^\.(\/[a-z0-9_]+)*$/;

/** What is wrong with one member that is published; `files` are the paths in its folder. */
function problemsOf(member: Member, files: ReadonlySet<string>): string[] {
  const { folder, config } = member;
  const problems: string[] = [];
  const entries = Object.entries(config.exports ?? {});
  if (config.name !== `@jumpstarter/${folder}`) {
    problems.push(`name must be '@jumpstarter/${folder}': current value is '${config.name}'`);
  }
  if (!/^\d+\.\d+\.\d+$/.test(config.version ?? "")) {
    problems.push(`version must be three numbers: current value is '${config.version}'`);
  }
  if (config.license !== "Apache-2.0") {
    problems.push(`license must be 'Apache-2.0': current value is '${config.license}'`);
  }
  if (!config.publish?.exclude?.includes("**/*_test.ts")) {
    problems.push("publish.exclude must hold '**/*_test.ts'");
  }
  if (entries.length === 0) problems.push("exports must name at least one entry point");
  for (const [name, target] of entries) {
    if (!ENTRY.test(name)) problems.push(`exports: '${name}' is not lower case words after './'`);
    if (!files.has(target.replace(/^\.\//, ""))) problems.push(`exports: no file '${target}'`);
    if (target.endsWith("_test.ts")) problems.push(`exports: '${target}' is a test`);
  }
  const targets = new Set(entries.map(([, target]) => target));
  for (const file of files) {
    if (/(^|\/)mod\.ts$/.test(file) && !targets.has(`./${file}`) && isFace(folder, file)) {
      problems.push(`exports: '${file}' is missing`);
    }
  }
  return problems.map((problem) => `${folder}/deno.json: ${problem}`);
}

/** Packages whose entry points are the folders right under them; further down a `mod.ts` is a door inside a folder. */
const FLAT = ["core", "drivers"];

/** Whether a `mod.ts` is a public face. */
function isFace(folder: string, file: string): boolean {
  return !FLAT.includes(folder) || file.split("/").length <= 2;
}

/**
 * Checks all members of the workspace.
 *
 * @param members The members; one without a name is not published and not checked.
 * @param paths All files, relative to the checkout.
 * @returns One line for each problem.
 */
export function checkExports(members: readonly Member[], paths: Iterable<string>): string[] {
  const all = [...paths];
  const published = members.filter((member) => member.config.name !== undefined);
  const problems = published.flatMap((member) => {
    const prefix = `${member.folder}/`;
    const own = all.filter((path) => path.startsWith(prefix));
    return problemsOf(member, new Set(own.map((path) => path.slice(prefix.length))));
  });
  const versions = new Set(published.map(({ config }) => config.version));
  if (versions.size > 1) {
    problems.push(`the packages must have one version: current values are ${[...versions].join()}`);
  }
  return problems;
}

if (import.meta.main) {
  const files = await readTree(ROOT, (path) => path.endsWith(".ts"));
  reportProblems(checkExports(await readMembers(ROOT), files.keys()));
}
