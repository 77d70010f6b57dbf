import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { runTool, startDeno, type TestProcess, type ToolResult } from "../process.ts";
import { requireTool, testWith } from "../tool.ts";
import { patternBytes } from "./h2_handler.ts";

const SERVER = new URL("./h2_server.ts", import.meta.url);
const MIB = 1 << 20;

/** Both ways to reach the server. */
function origins(server: TestProcess): [name: string, origin: string][] {
  return [["TCP", `http://127.0.0.1:${server.ready[0]}`], [
    "TLS",
    `https://127.0.0.1:${server.ready[1]}`,
  ]];
}

async function run(tool: string, args: readonly string[]): Promise<ToolResult> {
  const result = await runTool(requireTool(tool), { args, deadlineMs: 60_000 });
  assert.equal(result.code, 0, `${tool} ${args.join(" ")}\n${result.output.slice(-4_000)}`);
  return result;
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Runs `use` with a file of `bytes` and the folder it is in. */
async function withFile(
  bytes: Uint8Array,
  use: (file: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/body`, bytes);
    await use(`${folder}/body`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testWith("h2load gets 20,000 answers over 10 connections of 50 streams", ["h2load"], async () => {
  await using server = await startDeno(SERVER);
  for (const [name, origin] of origins(server)) {
    const load = ["-n", "20000", "-c", "10", "-m", "50", "-t", "1"];
    const { output } = await run("h2load", [...load, `${origin}/`]);
    assert.match(output, /20000 succeeded, 0 failed, 0 errored, 0 timeout/, name);
    assert.match(output, /status codes: 20000 2xx/, name);
  }
});

testWith("h2load gets its bodies back through small windows", ["h2load"], async () => {
  await using server = await startDeno(SERVER);
  await withFile(patternBytes(100_000), async (file) => {
    for (const [name, origin] of origins(server)) {
      // Windows of 2^14-1 octets: every body takes seven of them.
      const load = ["-n", "400", "-c", "4", "-m", "20", "-w", "14", "-W", "16", "-d", file];
      const { output } = await run("h2load", [...load, `${origin}/echo`]);
      assert.match(output, /400 succeeded, 0 failed, 0 errored, 0 timeout/, name);
      assert.match(output, /\(40000000\) data/, name);
    }
  });
});

testWith("nghttp gets body and trailers back, with padding, CONTINUATION and 100-continue", [
  "nghttp",
], async () => {
  await using server = await startDeno(SERVER);
  await withFile(patternBytes(300_000), async (file) => {
    for (const [name, origin] of origins(server)) {
      for (const options of [[], ["--padding=255"], ["--continuation"], ["--expect-continue"]]) {
        const trailers = ["--trailer", "x-checksum: 123", "--trailer", "x-other: abc"];
        const args = ["-v", "-y", "-n", "--no-content-length", ...options, ...trailers];
        const { output } = await run("nghttp", [...args, "-d", file, `${origin}/echo`]);
        const seen = `${name} ${options}\n${output}`;
        assert.match(output, /recv \(stream_id=\d+\) :status: 200/, seen);
        assert.match(output, /recv \(stream_id=\d+\) x-checksum: 123/, seen);
        assert.match(output, /recv \(stream_id=\d+\) x-other: abc/, seen);
        const expectsContinue = options.includes("--expect-continue");
        assert.equal(/recv \(stream_id=\d+\) :status: 100/.test(output), expectsContinue, seen);
        const data = [...output.matchAll(/recv DATA frame <length=(\d+)/g)];
        assert.equal(data.reduce((sum, [, length]) => sum + Number(length), 0), 300_000, seen);
      }
    }
  });
});

testWith("nghttp sees trailers and informational responses", ["nghttp"], async () => {
  await using server = await startDeno(SERVER);
  for (const [name, origin] of origins(server)) {
    const trailers = await run("nghttp", ["-v", "-y", "-n", `${origin}/trailers`]);
    assert.match(trailers.output, /recv \(stream_id=\d+\) x-trailer: last/, name);
    const early = await run("nghttp", ["-v", "-y", "-n", `${origin}/early`]);
    assert.match(early.output, /:status: 103[^]*link: <\/style\.css>[^]*:status: 200/, name);
  }
});

testWith("nghttp changes the size of its header table between blocks", ["nghttp"], async () => {
  await using server = await startDeno(SERVER);
  for (const [name, origin] of origins(server)) {
    const sizes = ["-c", "0", "-c", "100000", "--encoder-header-table-size=8192"];
    const { output } = await run("nghttp", ["-v", "-y", "-n", "-m", "20", ...sizes, `${origin}/`]);
    assert.equal(output.match(/recv \(stream_id=\d+\) :status: 200/g)?.length, 20, name);
  }
});

testWith("curl gets 50 MiB back as it sent them, and downloads 50 MiB", ["curl"], async () => {
  await using server = await startDeno(SERVER);
  const sent = crypto.getRandomValues(new Uint8Array(64 << 10));
  const body = new Uint8Array(50 * MIB);
  for (let at = 0; at < body.length; at += sent.length) {
    sent[0] = at >> 16;
    body.set(sent, at);
  }
  await withFile(body, async (file, folder) => {
    for (const [name, origin] of origins(server)) {
      const version = name === "TLS" ? ["--http2", "-k"] : ["--http2-prior-knowledge"];
      const common = [...version, "--silent", "--show-error", "--fail", "--max-time", "50"];
      const out = ["-o", `${folder}/out`, "-w", "%{http_version} %{http_code}"];
      const upload = ["--data-binary", `@${file}`, `${origin}/echo`];
      const echoed = await run("curl", [...common, ...out, ...upload]);
      assert.equal(echoed.output, "2 200", name);
      assert.equal(hash(await Deno.readFile(`${folder}/out`)), hash(body), name);
      const fetched = await run("curl", [...common, ...out, `${origin}/bytes/${body.length}`]);
      assert.equal(fetched.output, "2 200", name);
      assert.equal(
        hash(await Deno.readFile(`${folder}/out`)),
        hash(patternBytes(body.length)),
        name,
      );
    }
  });
});
