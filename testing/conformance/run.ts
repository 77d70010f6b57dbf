/**
 * Connect's conformance suite against our server and our client:
 *
 * `deno task conformance [server-http2|server-http1|client-http2 [option of connectconformance …]]`
 */
import { runTool, type ToolResult } from "../process.ts";
import { requireTool } from "../tool.ts";

/** A run of the suite: what is judged, and by which of its cases. */
export interface Suite {
  /** Which end is ours. */
  readonly mode: "server" | "client";
  /** Fewest cases that must have run: a configuration that matches nothing would pass as well. */
  readonly cases: number;
}

/** All runs; each has its configuration in `<name>.yaml`. */
export const SUITES: Readonly<Record<string, Suite>> = {
  "server_http2": { mode: "server", cases: 2412 },
  "server_http1": { mode: "server", cases: 1200 },
  "client_http2": { mode: "client", cases: 634 },
};

/** How a run ended. */
export interface SuiteResult {
  /** Cases that passed. */
  readonly passed: number;
  /** Whether every case passed, and all of them ran. */
  readonly ok: boolean;
  /** What the runner printed: the failing cases with what they expected, and the counts. */
  readonly output: string;
}

/** Asking for client certificates takes `node:tls` of Deno 2.9; our server's own listeners do not ask in any. */
const SKIPPED: readonly string[] = /^2\.[0-8]\./.test(Deno.version.deno)
  ? ["--skip", "TLS Client Certs/**"]
  : [];
/** Cases that this skips: three protocols, two codecs, two encodings. */
const SKIPPED_CASES = 12;

/** Time for one run, in milliseconds. */
const DEADLINE_MS = 240_000;

/**
 * Runs one of {@linkcode SUITES}.
 *
 * @param name Its name.
 * @param options Further options for connectconformance, as `--run PATTERN`, `--trace`, `-v`.
 * @throws {Deno.errors.NotFound} when connectconformance is not installed
 */
export async function runSuite(
  name: string,
  options: readonly string[] = [],
): Promise<SuiteResult> {
  const { mode, cases } = SUITES[name];
  const file = (path: string): string => new URL(path, import.meta.url).pathname;
  const program = [Deno.execPath(), "run", "--quiet", "-A", file(`./${mode}.ts`)];
  const args = ["--mode", mode, "--conf", file(`./${name}.yaml`), ...SKIPPED];
  const result: ToolResult = await runTool(requireTool("connectconformance"), {
    args: [...args, ...options, "--", ...program],
    deadlineMs: DEADLINE_MS,
  });
  const passed = Number(/^(\d+) passed, \d+ failed/m.exec(result.output)?.[1] ?? 0);
  const complete = options.length > 0 || passed >= cases - (SKIPPED.length > 0 ? SKIPPED_CASES : 0);
  return { passed, ok: result.code === 0 && complete, output: result.output };
}

if (import.meta.main) {
  const [only, ...options] = Deno.args;
  let failed = false;
  for (const name of only === undefined ? Object.keys(SUITES) : [only.replace("-", "_")]) {
    const { ok, output } = await runSuite(name, options);
    Deno.stdout.writeSync(
      new TextEncoder().encode(`${name}: ${ok ? "ok" : "FAILED"}\n${output}\n`),
    );
    failed ||= !ok;
  }
  Deno.exit(failed ? 1 : 0);
}
