/**
 * The gate: runs every check of the repository, one after the other, and shows one line for each with its time; of a
 * check that fails also what it said. `--no-tests` leaves the tests out, names of steps run only these.
 */
import "./deno_version.ts";
import { type CommandResult, runDeno } from "./command.ts";
import { runBuf } from "./buf.ts";
import { ROOT } from "./repository.ts";

/** One step of the gate: its name, and what it runs. */
type Step = readonly [name: string, run: () => Promise<CommandResult>];

const deno = (...args: string[]) => (): Promise<CommandResult> => runDeno(args, { cwd: ROOT });
const check = (name: string) => deno("run", "-A", `${ROOT}/_tools/check_${name}.ts`);

const STEPS: readonly Step[] = [
  ["lock", deno("install", "--frozen")],
  ["fmt", deno("fmt", "--check")],
  ["lint", deno("lint")],
  ["types", deno("check", "-q")],
  ["snippets", deno("check", "-q", "--doc-only", "README.md")],
  ["imports", check("imports")],
  ["exports", check("exports")],
  ["docs", check("docs")],
  ["paths", check("paths")],
  ["proto lint", () => runBuf(["lint"])],
  ["proto breaking", check("breaking")],
  ["generated", check("generated")],
  ["publish", deno("publish", "--dry-run", "--allow-dirty", "--no-check")],
  ["tests", deno("run", "-A", `${ROOT}/_tools/run_tests.ts`)],
];

const wanted = Deno.args.filter((arg) => !arg.startsWith("--"));
const skipTests = Deno.args.includes("--no-tests");
const failed: string[] = [];
for (const [name, run] of STEPS) {
  if (wanted.length > 0 ? !wanted.includes(name) : skipTests && name === "tests") continue;
  const start = performance.now();
  const { code, output } = await run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name.padEnd(16)} ${seconds.padStart(6)} s`);
  if (code === 0) continue;
  failed.push(name);
  console.log(output.trimEnd().replace(/^/gm, "  "));
}
if (failed.length > 0) {
  console.log(`${failed.length} of the checks failed: ${failed.join(", ")}`);
  Deno.exit(1);
}
