import type { Figures, Measurement, PairSpec, SampleContext } from "./measurement.ts";
import type { ProcessPair } from "./process_pair.ts";
import { buildRow, type FigureSource, type Row, type RowSpec } from "./row.ts";

/** Rows that are measured together, in the same processes. */
export interface Family {
  /** For the progress lines. */
  readonly name: string;
  /** In the order of the table. */
  readonly rows: readonly RowSpec[];
}

/** How to run a suite. */
export interface SuiteOptions {
  /** How many samples each figure is the median of. */
  readonly runs: number;
  /** A smoke run: one short sample, no warm-up. */
  readonly quick: boolean;
  /** Only rows whose id begins with one of these; all if empty. */
  readonly only: readonly string[];
  /** Called with one line after each sample. */
  readonly onProgress: (line: string) => void;
}

/** Measures the families one after the other and returns all rows. */
export async function runSuite(
  families: readonly Family[],
  options: SuiteOptions,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const family of families) {
    const wanted = family.rows.filter((row) => isWanted(row.id, options.only));
    if (wanted.length > 0) rows.push(...await runFamily(family.name, wanted, options));
  }
  return rows;
}

function isWanted(id: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((beginning) => id.startsWith(beginning));
}

/**
 * In each run every measurement has its turn, ours and the peers' in the order
 * in which the rows name them, so that whatever else the machine does in that
 * time meets all of them.
 */
async function runFamily(
  name: string,
  rows: readonly RowSpec[],
  options: SuiteOptions,
): Promise<Row[]> {
  const samples = new Map<Measurement, Figures[]>();
  const failures = new Map<Measurement, string>();
  for (const row of rows) {
    for (const source of [row.ours, row.peer]) {
      samples.set(source.of, []);
      if (source.minus) samples.set(source.minus, []);
    }
  }
  await using pairs = new SharedPairs();
  for (let run = options.quick ? 1 : 0; run <= options.runs; run++) {
    const context: SampleContext = {
      pair: (spec) => pairs.get(spec),
      quick: options.quick,
      warmUp: run === 0,
    };
    for (const [measurement, taken] of samples) {
      if (failures.has(measurement)) continue;
      const label = `${name}, ${run === 0 ? "warm-up" : `run ${run}`}: ${measurement.name}`;
      try {
        const figures = await measurement.sample(context);
        if (run > 0) taken.push(figures);
        options.onProgress(`${label}: ${formatFigures(figures)}`);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failures.set(measurement, reason);
        options.onProgress(`${label}: failed: ${reason}`);
      }
    }
  }
  return rows.map((row) =>
    buildRow(
      row,
      { ours: figuresOf(row.ours, samples), peer: figuresOf(row.peer, samples) },
      errorsOf(row, failures),
    )
  );
}

function figuresOf(source: FigureSource, samples: Map<Measurement, Figures[]>): number[] {
  const taken = samples.get(source.of)!;
  const minus = source.minus && samples.get(source.minus)!;
  const count = Math.min(taken.length, minus?.length ?? Infinity);
  return taken.slice(0, count).map((figures, run) =>
    field(figures, source.field) - (minus ? field(minus[run], source.field) : 0)
  );
}

function field(figures: Figures, name: string): number {
  const value = figures[name];
  if (typeof value !== "number") {
    throw new Error(`Cannot build a row: no figure '${name}' in '${Object.keys(figures)}'`);
  }
  return value;
}

function errorsOf(row: RowSpec, failures: Map<Measurement, string>): string[] {
  const sources = [row.ours.of, row.ours.minus, row.peer.of, row.peer.minus];
  const reasons = sources.map((source) => source && failures.get(source));
  return [...new Set(reasons.filter((reason) => reason !== undefined))];
}

function formatFigures(figures: Figures): string {
  return Object.entries(figures).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(", ");
}

/** The running pairs of one family; a pair that did not start is not tried again. */
class SharedPairs implements AsyncDisposable {
  #pairs = new Map<string, Promise<ProcessPair>>();

  get(spec: PairSpec): Promise<ProcessPair> {
    let pair = this.#pairs.get(spec.name);
    if (pair === undefined) this.#pairs.set(spec.name, pair = spec.start());
    return pair;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const started of this.#pairs.values()) {
      const pair = await started.catch(() => null);
      await pair?.[Symbol.asyncDispose]();
    }
  }
}
