/** Rows in columns as upstream's: two spaces between them, no rules (cli-spec §1.4). */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at].length))
  );
  return [head, ...rows]
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join("  ").trimEnd())
    .join("\n");
}
