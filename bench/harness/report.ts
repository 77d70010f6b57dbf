import type { Machine } from "./machine.ts";
import type { Row } from "./row.ts";
import { renderMarkdown, renderVerdict } from "./table.ts";

/** What one run of a suite leaves behind. */
export interface Report {
  /** Name of the suite. */
  readonly suite: string;
  /** How many samples each figure is the median of. */
  readonly runs: number;
  /** A smoke run: its figures mean nothing. */
  readonly quick: boolean;
  /** Where it ran. */
  readonly machine: Machine;
  /** Load averages when the suite ended. */
  readonly loadAfter: readonly number[];
  /** All rows, in the order of the table. */
  readonly rows: readonly Row[];
}

/** The report as JSON: each row has `ours`, `peer` (with `min` and `max`), `peerName`, `ratio`, `target`, `met`. */
export function reportJson(report: Report): string {
  return JSON.stringify(report, null, 2) + "\n";
}

/** The report as a section of a Markdown document: where it ran, the table, the verdict. */
export function reportMarkdown(report: Report): string {
  const { machine } = report;
  const load = (averages: readonly number[]): string => averages[0].toFixed(1);
  return [
    `${machine.date.slice(0, 10)}, ${machine.processors} processors, ` +
    `${Math.round(machine.memoryMebibytes / 1024)} GiB, ${machine.system}, Deno ${machine.deno}, ` +
    `load average ${load(machine.loadBefore)} before and ${load(report.loadAfter)} after. ` +
    `Median of ${report.runs} ${report.runs === 1 ? "run" : "runs"} (lowest–highest)` +
    `${report.quick ? "; a smoke run, the figures mean nothing" : ""}.`,
    "",
    renderMarkdown(report.rows),
    `${renderVerdict(report.rows)}.`,
    "",
  ].join("\n");
}
