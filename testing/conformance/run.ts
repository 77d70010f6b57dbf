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
  /** Cases that cannot run here. */
  readonly skip?: string;
}

/** Deno 2.8 and older: `node:tls` asks for no client certificates, `Deno.serve` breaks off connections that are in use. */
const OLD = /^2\.[0-8]\./.test(Deno.version.deno);

/** All runs; each has its configuration in `<name>.yaml`. */
export const SUITES: Readonly<Record<string, Suite>> = {
  "server_http2": OLD
    ? { mode: "server", cases: 2400, skip: "TLS Client Certs/**" }
    : { mode: "server", cases: 2412 },
  ...OLD ? {} : { "server_http1": { mode: "server", cases: 1200 } as const },
  "client_http2": { mode: "client", cases: 1040 },
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
  const { mode, cases, skip } = SUITES[name];
  const file = (path: string): string => new URL(path, import.meta.url).pathname;
  const program = [Deno.execPath(), "run", "--quiet", "-A", file(`./${mode}.ts`)];
  const args = ["--mode", mode, "--conf", file(`./${name}.yaml`), ...skip ? ["--skip", skip] : []];
  const result: ToolResult = await runTool(requireTool("connectconformance"), {
    args: [...args, ...options, "--", ...program],
    deadlineMs: DEADLINE_MS,
  });
  const passed = Number(/^(\d+) passed, \d+ failed/m.exec(result.output)?.[1] ?? 0);
  const complete = options.length > 0 || passed >= cases;
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
