import assert from "node:assert/strict";
import { runTool, startDeno, type TestProcess } from "@jumpstarter/testing/process";
import {
  testWithUpstreamPeer,
  upstreamClientEnv,
  type UpstreamPeer,
} from "@jumpstarter/testing/upstream";

const JMP = new URL("./jmp.ts", import.meta.url);

const BOARD = `metadata: { namespace: default, name: board }
export: { power: { type: jumpstarter_driver_power.driver.MockPower } }
`;

/** What `jmp run` says once it listens. */
const LISTENING = /listens on \S+:(\d+)/;

interface Exporter extends AsyncDisposable {
  readonly process: TestProcess;
  /** Upstream's `jmp shell` on it. */
  shell(...args: string[]): Promise<{ code: number; output: string }>;
}

async function start(
  { bin }: UpstreamPeer,
  yaml: string,
  ...options: string[]
): Promise<Exporter> {
  const folder = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  const config = `${folder}/board.yaml`;
  await Deno.writeTextFile(config, yaml);
  const process = await startDeno(JMP, {
    args: ["run", "--exporter-config", config, "--tls-grpc-listener", "127.0.0.1:0", ...options],
    readyPattern: LISTENING,
  }).catch(async (error) => {
    await Deno.remove(folder, { recursive: true });
    throw error;
  });
  return {
    process,
    shell(...args): Promise<{ code: number; output: string }> {
      return runTool(`${bin}/jmp`, {
        args: ["shell", "--tls-grpc", `127.0.0.1:${process.port}`, ...args],
        env: { ...upstreamClientEnv(folder), PATH: `${bin}:${Deno.env.get("PATH")}` },
        deadlineMs: 90_000,
      });
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await process[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const INSECURE = "--tls-grpc-insecure";
const POWER_ON = ["--", "j", "power", "on"];

testWithUpstreamPeer(
  "upstream's shell powers the board, in one shell after the other",
  async (peer) => {
    await using exporter = await start(peer, BOARD, INSECURE);
    for (const word of ["on", "off"]) {
      const { code, output } = await exporter.shell(INSECURE, "--", "j", "power", word);
      assert.equal(code, 0, output);
    }
    assert.match(exporter.process.output, /power on[^]*power off/);
  },
);

testWithUpstreamPeer("upstream's shell without --tls-grpc-insecure finds no TLS", async (peer) => {
  await using exporter = await start(peer, BOARD, INSECURE);
  assert.notEqual((await exporter.shell(...POWER_ON)).code, 0);
});

testWithUpstreamPeer(
  "upstream's shell shows the lines of a hook that ran before it came",
  async (peer) => {
    const hooks = `hooks:
  beforeLease:
    script: |
      echo "BEFORE_HOOK_DIRECT: executed"
      echo "BEFORE_HOOK_DIRECT: complete"
`;
    await using exporter = await start(peer, BOARD + hooks, INSECURE);
    const { code, output } = await exporter.shell(INSECURE, "--exporter-logs", ...POWER_ON);
    assert.equal(code, 0, output);
    assert.match(output, /exporter:beforeLease\] BEFORE_HOOK_DIRECT: executed/);
    assert.match(output, /BEFORE_HOOK_DIRECT: complete/);
  },
);

testWithUpstreamPeer("upstream's shell needs the right passphrase", async (peer) => {
  await using exporter = await start(peer, BOARD, INSECURE, "--passphrase", "open sesame");
  const right = await exporter.shell(INSECURE, "--passphrase", "open sesame", ...POWER_ON);
  assert.equal(right.code, 0, right.output);
  for (const options of [["--passphrase", "open barley"], []]) {
    const { code, output } = await exporter.shell(INSECURE, ...options, ...POWER_ON);
    assert.notEqual(code, 0);
    assert.match(output, /invalid or missing passphrase/);
  }
  const log = exporter.process.output;
  assert.equal(log.match(/authentication failed: invalid or missing passphrase/g)?.length, 2, log);
  assert.doesNotMatch(log, /sesame|barley/);
});

testWithUpstreamPeer("upstream's j works inside hooks, passphrase or not", async (peer) => {
  const hooks = `hooks:
  beforeLease: { script: "${peer.bin}/j power on && echo HOOK_J: done || echo HOOK_J: failed" }
`;
  await using exporter = await start(peer, BOARD + hooks, INSECURE, "--passphrase", "open sesame");
  const options = [INSECURE, "--passphrase", "open sesame", "--exporter-logs"];
  const { code, output } = await exporter.shell(...options, ...POWER_ON);
  assert.equal(code, 0, output);
  assert.match(output, /HOOK_J: done/);
});

testWithUpstreamPeer("a hook in Python uses upstream's client library", async (peer) => {
  const script = await Deno.makeTempFile({ suffix: ".py" });
  await Deno.writeTextFile(
    script,
    `from jumpstarter.utils.env import env
with env() as client:
    client.power.on()
    print("PYTHON_HOOK: driver API works")
`,
  );
  const hooks = `hooks: { beforeLease: { exec: ${peer.bin}/python, script: ${script} } }\n`;
  {
    await using exporter = await start(peer, BOARD + hooks, INSECURE);
    const { code, output } = await exporter.shell(INSECURE, "--exporter-logs", ...POWER_ON);
    assert.equal(code, 0, output);
    assert.match(output, /PYTHON_HOOK: driver API works/);
  }
  await Deno.remove(script);
});

testWithUpstreamPeer("the kit's interoperability client passes", async (peer) => {
  using echo = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serveEcho(echo);
  const nobody = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  nobody.close();
  const data = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  await Deno.mkdir(`${data}/storage`);
  const values: Record<string, string> = {
    ECHO_PORT: String(echo.addr.port),
    CLOSED_PORT: String(nobody.addr.port),
    DATA_DIR: data,
  };
  const yaml = (await Deno.readTextFile(`${peer.kit}/exporter.yaml`))
    .replace(/\$\{(ECHO_PORT|CLOSED_PORT|DATA_DIR)\}/g, (_, name) => values[name]);
  {
    await using exporter = await start(peer, yaml, INSECURE);
    const { code, output } = await runTool(`${peer.bin}/python`, {
      args: [`${peer.kit}/interop_client.py`, `127.0.0.1:${exporter.process.port}`],
      env: upstreamClientEnv(data),
      deadlineMs: 120_000,
    });
    assert.equal(code, 0, output);
  }
  echo.close();
  await serving;
  await Deno.remove(data, { recursive: true });
});

/** Sends back what comes; ends what the other end has ended. */
async function serveEcho(listener: Deno.TcpListener): Promise<void> {
  const open: Promise<void>[] = [];
  for await (const conn of listener) {
    open.push(conn.readable.pipeTo(conn.writable).catch(() => {}));
  }
  await Promise.all(open);
}
