/** What a row must reach: a share of the peer's figure, or a value of its own in the row's unit. */
export interface Target {
  /** Whether the bound is for ours ÷ peer's or for our figure alone. */
  readonly of: "ratio" | "value";
  /** On which side of the bound the target is met; the bound itself meets it. */
  readonly bound: "at most" | "at least";
  /** The bound: a factor, or a number in the row's unit. */
  readonly limit: number;
}

/** Ours ÷ peer's is at most `limit`: for times and sizes. */
export function ratioAtMost(limit: number): Target {
  return { of: "ratio", bound: "at most", limit };
}

/** Ours ÷ peer's is at least `limit`: for rates. */
export function ratioAtLeast(limit: number): Target {
  return { of: "ratio", bound: "at least", limit };
}

/** Our figure is at most `limit`, in the row's unit. */
export function valueAtMost(limit: number): Target {
  return { of: "value", bound: "at most", limit };
}

/** Our figure is at least `limit`, in the row's unit. */
export function valueAtLeast(limit: number): Target {
  return { of: "value", bound: "at least", limit };
}

/** Whether the target is met, or `null` when the figure it needs was not measured. */
export function isMet(target: Target, ours: number | null, ratio: number | null): boolean | null {
  const figure = target.of === "ratio" ? ratio : ours;
  if (figure === null) return null;
  return target.bound === "at most" ? figure <= target.limit : figure >= target.limit;
}

/** The target as the table shows it: `≤ 0.3×`, `≥ 256 MiB/s`. */
export function formatTarget(target: Target, unit: string): string {
  const sign = target.bound === "at most" ? "≤" : "≥";
  return `${sign} ${target.limit}${target.of === "ratio" ? "×" : ` ${unit}`}`;
}
