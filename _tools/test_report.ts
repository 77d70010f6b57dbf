/** What a test run came to. */
export interface TestReport {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed. */
  readonly failed: number;
  /** Names of the tests that were not run. */
  readonly skipped: readonly string[];
}

/** `ok | 3 passed (2 steps) | 1 failed | 1 ignored (129ms)`, the last line of `deno test`. */
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/gm;
/** `./a_test.ts => a claim ... ignored (0ms)`; without the file when tests run one after the other. */
const IGNORED = /^(?:\S+ => )?(.+) \.\.\. ignored \(/gm;
/** What says why a test was not run; see `testWith` in testing/tool.ts. */
const NEEDS = /\[needs .+\]$/;

/**
 * Reads the output of `deno test`. A run that came to no end, because a file did not load, counts as one failure.
 *
 * @param output What it printed, with or without colours.
 * @param code Its exit code.
 */
export function readTestOutput(output: string, code: number): TestReport {
  // deno-lint-ignore no-control-regex -- colours begin with ESC
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const summary = [...plain.matchAll(SUMMARY)].at(-1);
  const passed = Number(summary?.[1] ?? 0);
  const failed = Number(summary?.[2] ?? 0);
  const skipped = [...plain.matchAll(IGNORED)].map(([, name]) => name);
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1), skipped };
}

/**
 * The lines that close a run: the tests that were not run and what they lack, then the counts.
 *
 * A test that is ignored and does not say what it lacks is one that somebody switched off: it counts as failed.
 */
export function closingLines(report: TestReport): { lines: string[]; ok: boolean } {
  const silent = report.skipped.filter((name) => !NEEDS.test(name));
  const skipped = report.skipped.filter((name) => NEEDS.test(name));
  const failed = report.failed + silent.length;
  const counts = [`${report.passed} passed`, `${failed} failed`];
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  return {
    lines: [
      ...skipped.map((name) => `skipped: ${name}`),
      ...silent.map((name) => `switched off without [needs …] in its name: ${name}`),
      counts.join(", "),
    ],
    ok: failed === 0,
  };
}
