import type { Row } from "./row.ts";
import type { Summary } from "./statistics.ts";
import { formatTarget } from "./target.ts";

const HEADINGS = ["metric", "unit", "ours", "peer", "peer's name", "ratio", "target", "met"];
/** Columns of figures, which stand flush right. */
const FIGURE_COLUMNS = new Set([2, 3, 5]);

/** The rows as one table of plain text, columns lined up; below it why figures are missing. */
export function renderText(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) =>
    cells.reduce((width, row) => Math.max(width, row[column].length), 0)
  );
  const lines = cells.map((row) =>
    row.map((cell, column) => pad(cell, widths[column], column)).join("  ").trimEnd()
  );
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  return [...lines, ...missing(rows)].join("\n") + "\n";
}

/** The rows as a Markdown table; below it why figures are missing. */
export function renderMarkdown(rows: readonly Row[]): string {
  const line = (cells: string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = HEADINGS.map((_, column) => FIGURE_COLUMNS.has(column) ? "---:" : "---");
  const table = [line(HEADINGS), line(rule), ...rows.map((row) => line(cellsOf(row)))];
  const notes = missing(rows);
  const folded = notes.map((note) => note.replaceAll(/\s*\n\s*/g, " "));
  return [...table, ...folded.length > 0 ? ["", ...folded] : []].join("\n") + "\n";
}

/** How many targets were met, missed and not judged, in one line. */
export function renderVerdict(rows: readonly Row[]): string {
  const judged = rows.filter((row) => row.target !== null);
  const count = (met: boolean | null): number => judged.filter((row) => row.met === met).length;
  return `${count(true)} of ${judged.length} targets met, ${count(false)} missed, ` +
    `${count(null)} not measured`;
}

/** A figure with three significant digits, but never fewer than its integer digits. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

function cellsOf(row: Row): string[] {
  return [
    row.metric,
    row.unit,
    formatSummary(row.ours),
    formatSummary(row.peer),
    row.peerName,
    row.ratio === null ? "–" : `${formatFigure(row.ratio)}×`,
    row.target === null ? "" : formatTarget(row.target, row.unit),
    row.target === null ? "" : row.met === null ? "?" : row.met ? "yes" : "NO",
  ];
}

function formatSummary(summary: Summary | null): string {
  if (summary === null) return "–";
  const [middle, min, max] = [summary.median, summary.min, summary.max].map(formatFigure);
  return min === max ? middle : `${middle} (${min}–${max})`;
}

function pad(cell: string, width: number, column: number): string {
  return FIGURE_COLUMNS.has(column) ? cell.padStart(width) : cell.padEnd(width);
}

/** One line for each distinct reason, however many rows it took the figures from. */
function missing(rows: readonly Row[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const row of rows) {
    for (const error of row.errors) {
      reasons.set(error, [...reasons.get(error) ?? [], row.id]);
    }
  }
  return [...reasons].map(([reason, ids]) => `not measured (${ids.join(", ")}): ${reason}`);
}
