import { parseArgs } from "node:util";

/** What the command line asked for. */
export interface BenchArguments {
  /** Name of the suite. */
  readonly suite: string;
  /** How many samples each figure is the median of. */
  readonly runs: number;
  /** A smoke run. */
  readonly quick: boolean;
  /** Beginnings of the ids of the wanted rows; empty for all. */
  readonly only: readonly string[];
  /** Only print the ids and targets of the rows. */
  readonly list: boolean;
  /** Where the JSON report goes. */
  readonly json?: string;
  /** Where the Markdown report goes. */
  readonly markdown?: string;
}

/** How the command is used. */
export const USAGE = `Usage: deno task bench NAME [options]

  --json FILE      write the report as JSON
  --markdown FILE  write the report as a Markdown table
  --runs N         samples of each figure (default 5)
  --only ROW,…     only rows whose id begins with one of these
  --list           print the ids of the rows and stop
  --quick          smoke run: every step once, the figures mean nothing
`;

/** Reads the command line. Throws `TypeError` with one line on what is wrong. */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "string" },
      markdown: { type: "string" },
      runs: { type: "string" },
      only: { type: "string" },
      list: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
    },
  });
  if (positionals.length !== 1) {
    throw new TypeError(
      `Cannot run a bench: exactly one NAME is wanted: current value is '${positionals.join(" ")}'`,
    );
  }
  const { quick, list, json, markdown } = values;
  return {
    suite: positionals[0],
    runs: parseRuns(values.runs, quick),
    quick,
    only: values.only?.split(",").map((id) => id.trim()).filter((id) => id !== "") ?? [],
    list,
    json,
    markdown,
  };
}

function parseRuns(text: string | undefined, quick: boolean): number {
  if (text === undefined) return quick ? 1 : 5;
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1) {
    throw new TypeError(
      `Cannot run a bench: --runs must be a whole number from 1: current value is '${text}'`,
    );
  }
  return runs;
}
