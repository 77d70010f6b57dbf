import assert from "node:assert/strict";
import { runTool, startDeno } from "../process.ts";
import { requireTool, testWith } from "../tool.ts";

const SERVER = new URL("./h2_server.ts", import.meta.url);
/** Cases of h2spec 2.6.0 with `--strict`; fewer would mean that a section went missing. */
const CASES = 146;

interface Report {
  passed: number;
  /** One line for each case that did not pass: its section, what it expects, what it got. */
  failures: string[];
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
  return value.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&#34;", '"')
    .replaceAll("&#xA;", " ").replaceAll("&amp;", "&");
}

/** Reads the JUnit file of h2spec: one `testcase` each, with a child when it did not pass. */
function readReport(xml: string): Report {
  const report: Report = { passed: 0, failures: [] };
  for (
    const [, open, , inner = ""] of xml.matchAll(/<testcase ([^>]*?)(\/>|>([\s\S]*?)<\/testcase>)/g)
  ) {
    const bad = /<(failure|error|skipped)\b[^>]*>([\s\S]*?)<\/\1>/.exec(inner);
    if (bad === null) report.passed++;
    else {
      const name = `${attribute(open, "package")} ${attribute(open, "classname")}`;
      report.failures.push(`${bad[1]}: ${name}: ${bad[2].replaceAll(/\s+/g, " ").trim()}`);
    }
  }
  return report;
}

async function h2spec(args: readonly string[]): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const result = await runTool(requireTool("h2spec"), {
      args: ["generic", "http2", "hpack", "--strict", "-j", `${folder}/junit.xml`, ...args],
      deadlineMs: 150_000,
    });
    const report = readReport(await Deno.readTextFile(`${folder}/junit.xml`));
    assert.deepEqual(report.failures, [], result.output.slice(-4_000));
    assert.equal(report.passed, CASES);
    assert.equal(result.code, 0, result.output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testWith("h2spec passes every case, strict ones included, over TCP", ["h2spec"], async () => {
  await using server = await startDeno(SERVER);
  await h2spec(["-h", "127.0.0.1", "-p", server.ready[0]]);
});

testWith("h2spec passes every case, strict ones included, over TLS", ["h2spec"], async () => {
  await using server = await startDeno(SERVER);
  await h2spec(["-t", "-k", "-h", "127.0.0.1", "-p", server.ready[1]]);
});
