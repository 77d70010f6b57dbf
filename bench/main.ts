import { type BenchArguments, parseBenchArguments, USAGE } from "./harness/arguments.ts";
import { killAllChildren } from "./harness/child_process.ts";
import { describeMachine } from "./harness/machine.ts";
import { type Report, reportJson, reportMarkdown } from "./harness/report.ts";
import { type Family, runSuite } from "./harness/suite.ts";
import { renderText, renderVerdict } from "./harness/table.ts";
import { formatTarget } from "./harness/target.ts";

/** The suites by name; each is loaded only when it is asked for. */
const SUITES: Readonly<Record<string, () => Promise<readonly Family[]>>> = {
  wire: async () => (await import("./wire/families.ts")).wireFamilies(),
  exporter: async () => (await import("./exporter/families.ts")).exporterFamilies(),
  cli: async () => (await import("./cli/families.ts")).cliFamilies(),
};

/** Exit codes: 0 all rows measured, 1 some not, 2 misuse; 128 + n for signal n as shells do. */
async function main(): Promise<number> {
  const { args, families } = await read();
  if (args === null) return 2;
  if (args.list) {
    print(listing(families));
    return 0;
  }
  const machine = describeMachine();
  const rows = await runSuite(families, { ...args, onProgress: (line) => note(line) });
  const { suite, runs, quick } = args;
  const report: Report = { suite, runs, quick, machine, loadAfter: Deno.loadavg(), rows };
  print(renderText(rows));
  print(renderVerdict(rows) + "\n");
  if (quick) print("A smoke run: the figures mean nothing.\n");
  if (args.json !== undefined) await Deno.writeTextFile(args.json, reportJson(report));
  if (args.markdown !== undefined) await Deno.writeTextFile(args.markdown, reportMarkdown(report));
  return rows.every((row) => row.errors.length === 0) ? 0 : 1;
}

async function read(): Promise<{ args: BenchArguments | null; families: readonly Family[] }> {
  try {
    const args = parseBenchArguments(Deno.args);
    const load = SUITES[args.suite];
    if (load !== undefined) return { args, families: await load() };
    const known = Object.keys(SUITES).join(", ");
    note(`Cannot run a bench: NAME must be one of ${known}: current value is '${args.suite}'`);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    note(error.message);
  }
  note(USAGE);
  return { args: null, families: [] };
}

function listing(families: readonly Family[]): string {
  return families.flatMap((family) => family.rows).map((row) => {
    const target = row.target === null ? "" : ` [${formatTarget(row.target, row.unit)}]`;
    return `${row.id}: ${row.metric}, against ${row.peerName}${target}\n`;
  }).join("");
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function note(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line.trimEnd() + "\n"));
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.addSignalListener(signal, () => {
    killAllChildren();
    Deno.exit(code);
  });
}
try {
  Deno.exitCode = await main();
} finally {
  killAllChildren();
}
Deno.exit();
