/** One thing that is wrong, or looks wrong, in a configuration file. */
export interface ConfigProblem {
  /** The file's name, as it was given. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** The key it is about: `export.power.config.host`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, and what was expected. */
  readonly message: string;
  /** What to do about it, where there is a guess. */
  readonly hint?: string;
}

/** Where a key or an entry of a list stands: `["export", "power", "type"]`. */
export type KeyPath = readonly (string | number)[];

/** A path as people write it: `export.power.args[2]`. */
export function formatPath(path: KeyPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (!/^[\w-]+$/.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

/** A problem in one line, as compilers say it: `FILE:LINE:COLUMN: KEY: message (hint)`. */
export function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, path, message, hint } = problem;
  const place = `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}`;
  return `${place}${message}${hint === undefined ? "" : ` (${hint})`}`;
}

/** Thrown for a file, or an environment, that cannot be used. It names all that is wrong at once. */
export class ConfigError extends Error {
  /** The class's name, for logs. */
  override readonly name: string = "ConfigError";
  /** All that is wrong, in the order of the file. */
  readonly problems: readonly ConfigProblem[];

  /**
   * An error over some problems.
   *
   * @param what What could not be done: `Cannot read exporter configuration`.
   * @param problems At least one.
   */
  constructor(what: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(formatProblem);
    super(lines.length === 1 ? `${what}: ${lines[0]}` : `${what}:\n${lines.join("\n")}`);
    this.problems = problems;
  }
}

/** Problems in the order of the file, each once. */
export function sortProblems(problems: Iterable<ConfigProblem>): ConfigProblem[] {
  const once = new Map<string, ConfigProblem>();
  for (const problem of problems) once.set(formatProblem(problem), problem);
  return [...once.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
