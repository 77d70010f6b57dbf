/**
 * Holds the rule on documentation: everything that a package exports says what it is. `deno doc --lint` finds what
 * does not; this program picks what concerns us from what it says.
 */
import { runDeno } from "./command.ts";
import { readMembers } from "./members.ts";
import { reportProblems } from "./problems.ts";
import { readTree, ROOT } from "./repository.ts";

/** Code that a program wrote: its comments come from the .proto file, and where those are not ours it has none. */
const GENERATED = /\/gen\//;

/** A type that a module declares. */
const DECLARATION = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|enum) (\w+)/gm;

/** One message of `deno doc --lint`, up to the line of code that it shows. */
const MESSAGE = /^error\[([\w-]+)\]: (.*)\n\s*--> (.+)\n\s*\|\s*\n\s*\d+ \| (.*)$/gm;

/**
 * Picks the problems from what `deno doc --lint` printed.
 *
 * A type of ours that an exported one refers to must be exported as well; one of somebody else's package need not.
 *
 * @param output What it printed, without colours.
 * @param declaredHere Whether a type of this name is declared in our code.
 * @returns One line for each problem.
 */
export function docProblems(output: string, declaredHere: (name: string) => boolean): string[] {
  const problems: string[] = [];
  for (const [, code, text, place, line] of output.matchAll(MESSAGE)) {
    if (GENERATED.test(place)) continue;
    // What it overrides says what it is.
    if (/^\s*override /.test(line)) continue;
    const referred = /references private type '([^']+)'/.exec(text)?.[1];
    if (referred !== undefined && !declaredHere(referred)) continue;
    problems.push(`${place}: ${text} (${code})`);
  }
  return problems;
}

/** Names of the types that our own code declares. */
function declaredNames(sources: Iterable<string>): Set<string> {
  const names = new Set<string>();
  for (const source of sources) {
    for (const [, name] of source.matchAll(DECLARATION)) {
      names.add(name);
    }
  }
  return names;
}

if (import.meta.main) {
  const entries: string[] = [];
  for (const { folder, config } of await readMembers(ROOT)) {
    if (config.name === undefined) continue;
    for (const target of Object.values(config.exports ?? {})) {
      entries.push(`${ROOT}/${folder}/${target.replace(/^\.\//, "")}`);
    }
  }
  const { output } = await runDeno(["doc", "--lint", ...entries], { cwd: ROOT });
  const ours = await readTree(ROOT, (path) => path.endsWith(".ts") && !GENERATED.test(`/${path}`));
  const names = declaredNames(ours.values());
  const problems = docProblems(output.replaceAll(`${ROOT}/`, ""), (name) => names.has(name));
  // Not a lint message: the program itself failed, a missing file for example.
  if (!/documentation lint error|^Checked /m.test(output)) problems.push(output);
  reportProblems(problems);
}
