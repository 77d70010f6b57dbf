/**
 * Runs all tests in parallel. The last line is `N passed, N failed`, with
 * `, N skipped` when programs were missing that tests need; these are named before.
 *
 * Arguments are passed on to `deno test`: files, folders, `--filter`.
 */
import "./deno_version.ts";
import { ROOT } from "./repository.ts";
import { closingLines, readTestOutput } from "./test_report.ts";

let output = "";

/** Shows what the tests print as it comes, and keeps it. */
async function show(stream: ReadableStream<Uint8Array>, to: typeof Deno.stdout): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    output += decoder.decode(chunk, { stream: true });
    for (let at = 0; at < chunk.length;) at += await to.write(chunk.subarray(at));
  }
}

// Since Deno 2.8 leaks are looked for only on demand. deno.json cannot say so: Deno 2.6 would refuse the file.
const env: Record<string, string> = {
  DENO_TEST_SANITIZE_OPS: "1",
  DENO_TEST_SANITIZE_RESOURCES: "1",
};
if (Deno.stdout.isTerminal()) env.FORCE_COLOR = "1";

// Types are checked by `deno task ok`; here they would only cost time.
const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--parallel", "--no-check", ...Deno.args],
  cwd: ROOT,
  env,
  stdout: "piped",
  stderr: "piped",
}).spawn();
await Promise.all([show(child.stdout, Deno.stdout), show(child.stderr, Deno.stderr)]);
const { code } = await child.status;

const { lines, ok } = closingLines(readTestOutput(output, code));
console.log(lines.join("\n"));
Deno.exit(ok ? 0 : 1);
