/**
 * Holds the rule that nothing of the machine a file was written on gets into the repository: no path of a person's
 * home or of this checkout, no host name, no package registry in the lock file, no private key or token.
 */
import { reportProblems } from "./problems.ts";
import { readTree, ROOT } from "./repository.ts";

/** Facts about this machine that must not turn up in a file. */
export interface MachineFacts {
  /** Absolute path of the checkout. */
  readonly root: string;
  /** Absolute path of the user's home. */
  readonly home: string;
  /** Its host name. */
  readonly host: string;
}

/** Folders that mean nothing on another machine: somebody's home. */
const FOREIGN_PATHS = /(?<![\w.}~/-])\/(?:home|Users|root)\/[\w.-]+/;

/** Things that open doors. A key in a test's own folder is made when the test runs. */
const SECRETS: readonly [what: string, pattern: RegExp][] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a token", /\b(?:ghp|gho|ghs|glpat|npm)_[A-Za-z0-9]{20,}|\bxox[bp]-[0-9A-Za-z-]{10,}/],
  ["a password in a URL", /\b[a-z]+:\/\/[^\s/:@"'`]+:[^\s/@"'`$]+@/],
];

/** A host name that is no ordinary word: a text with it in can only mean this machine. */
const DISTINCT_HOST = /^(?=.*[\d-]).{5,}$/;

/**
 * Matches a path and what lies below it, but not where it is the tail of a longer one. A path as short as `/src`, as
 * containers have it, is a word in many texts and matches nothing.
 */
function pathPattern(path: string): RegExp {
  if (path.split("/").length < 3) return /(?!)/;
  return new RegExp(`(?<![\\w.}~/-])${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w.-])`);
}

/**
 * Checks texts.
 *
 * @param files Texts by path.
 * @param machine What must not turn up.
 * @returns One line for each find.
 */
export function checkPaths(files: ReadonlyMap<string, string>, machine: MachineFacts): string[] {
  const problems: string[] = [];
  const checkout = pathPattern(machine.root);
  const home = pathPattern(machine.home);
  const host = DISTINCT_HOST.test(machine.host) ? machine.host : undefined;
  for (const [path, text] of files) {
    text.split("\n").forEach((line, i) => {
      const say = (what: string) => problems.push(`${path}:${i + 1}: ${what}: '${line.trim()}'`);
      if (checkout.test(line)) say("the path of this checkout");
      else if (home.test(line)) say("the path of a home");
      else if (FOREIGN_PATHS.test(line)) say("the path of a home");
      if (host !== undefined && line.includes(host)) say("the name of this machine");
      for (const [what, pattern] of SECRETS) if (pattern.test(line)) say(what);
      if (path === "deno.lock" && /https?:\/\//.test(line)) say("the address of a registry");
    });
  }
  return problems;
}

/** Files that hold text. */
const TEXT =
  /\.(ts|js|json|lock|yaml|yml|md|proto|py|go|sh|txt|html|css|mod|sum)$|(^|\/)[A-Za-z_.]+$/;

if (import.meta.main) {
  const files = await readTree(ROOT, (path) => TEXT.test(path));
  const home = Deno.env.get("HOME") ?? "/";
  reportProblems(checkPaths(files, { root: ROOT, home, host: Deno.hostname() }));
}
