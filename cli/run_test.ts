import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { connect } from "@jumpstarter/core/client";
import { ExporterStatus } from "@jumpstarter/proto/v1";
import {
  runTool,
  startDeno,
  type TestProcess,
  type ToolResult,
} from "@jumpstarter/testing/process";
import { makeCertificates } from "@jumpstarter/testing/certs";

const JMP = new URL("./jmp.ts", import.meta.url);
const INSECURE = ["--tls-grpc-listener", "127.0.0.1:0", "--tls-grpc-insecure"];

const HEAD = "metadata: { namespace: default, name: board }\n";
const BOARD = `${HEAD}export: { power: { type: jumpstarter_driver_power.driver.MockPower } }\n`;

/** What `jmp run` says once it listens. */
const LISTENING = /listens on \S+:(\d+)/;

/** A folder with `board.yaml`. */
async function board(yaml: string): Promise<AsyncDisposable & { folder: string; file: string }> {
  const folder = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  const file = `${folder}/board.yaml`;
  await Deno.writeTextFile(file, yaml);
  return {
    folder,
    file,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

interface Started extends AsyncDisposable {
  readonly process: TestProcess;
  /** Sends a signal; resolves with the exit code. */
  end(signal: Deno.Signal): Promise<number>;
  /** Resolves once it has printed this. */
  says(text: string): Promise<void>;
}

async function start(yaml: string, ...options: string[]): Promise<Started> {
  const { file, [Symbol.asyncDispose]: remove } = await board(yaml);
  const args = options.includes("--tls-grpc-listener") ? options : [...INSECURE, ...options];
  const process = await startDeno(JMP, {
    args: ["run", "--exporter-config", file, ...args],
    readyPattern: LISTENING,
  }).catch(async (error) => {
    await remove();
    throw error;
  });
  return {
    process,
    async end(signal): Promise<number> {
      process.kill(signal);
      return (await process.status).code;
    },
    async says(text): Promise<void> {
      while (!process.output.includes(text)) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await process[Symbol.asyncDispose]();
      await remove();
    },
  };
}

function jmp(...args: string[]): Promise<ToolResult> {
  return runTool(Deno.execPath(), {
    args: ["run", "--quiet", "-A", fileURLToPath(JMP), "run", ...args],
  });
}

Deno.test("a client uses the board of jmp run, with the passphrase over TLS", async () => {
  const { ca, server } = await makeCertificates();
  await using files = await board("");
  await Deno.writeTextFile(`${files.folder}/cert.pem`, server.cert);
  await Deno.writeTextFile(`${files.folder}/key.pem`, server.key);
  const tls = ["--tls-cert", `${files.folder}/cert.pem`, "--tls-key", `${files.folder}/key.pem`];
  const listener = ["--tls-grpc-listener", "127.0.0.1:0"];
  await using exporter = await start(BOARD, ...listener, ...tls, "--passphrase", "open sesame");
  const host = `127.0.0.1:${exporter.process.port}`;
  await using device = await connect({ host, tls: { ca: ca.cert }, passphrase: "open sesame" });
  await device.find("power").call("on");
  assert.match(exporter.process.output, /power on/);
  await assert.rejects(connect({ host, tls: { ca: ca.cert } }), /passphrase/);
});

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130], ["SIGHUP", 129]] as const) {
  Deno.test(`${signal} ends the exporter in order: hook, drivers, port, code ${code}`, async () => {
    const hooks = "hooks: { afterLease: { script: 'echo AFTER_HOOK_DIRECT; echo executed' } }\n";
    await using exporter = await start(BOARD + hooks);
    await using device = await connect({
      host: `127.0.0.1:${exporter.process.port}`,
      insecure: true,
    });
    assert.equal((await device.status()).status, ExporterStatus.LEASE_READY);
    assert.equal(await exporter.end(signal), code);
    assert.match(exporter.process.output, /AFTER_HOOK_DIRECT[^]*executed/);
    const again = { hostname: "127.0.0.1", port: exporter.process.port };
    await assert.rejects(Deno.connect(again), Deno.errors.ConnectionRefused);
  });
}

Deno.test("a second signal cuts a hook short", async () => {
  const hooks = `hooks: { afterLease: { script: "trap '' TERM; echo stubborn; sleep 1000" } }\n`;
  await using exporter = await start(BOARD + hooks);
  exporter.process.kill("SIGTERM");
  await exporter.says("stubborn");
  assert.equal(await exporter.end("SIGINT"), 143);
});

Deno.test("a second signal gives up on a driver that does not close", async () => {
  const type = `${
    fileURLToPath(new URL("./testdata/crashing_driver.ts", import.meta.url))
  }#Hanging`;
  await using exporter = await start(`${HEAD}export: { stuck: { type: "${type}" } }\n`);
  exporter.process.kill("SIGTERM");
  await exporter.says("SIGTERM: ending");
  assert.equal(await exporter.end("SIGTERM"), 143);
});

Deno.test("an error that no call carries is logged, and the board stays in reach", async () => {
  const type = `${
    fileURLToPath(new URL("./testdata/crashing_driver.ts", import.meta.url))
  }#Crashing`;
  await using exporter = await start(
    `${BOARD.replace("{ power", `{ bad: { type: "${type}" }, power`)}`,
  );
  await exporter.says("boom in a timer");
  await exporter.says("boom in a promise");
  const host = `127.0.0.1:${exporter.process.port}`;
  await using device = await connect({ host, insecure: true });
  await device.find("power").call("on");
});

Deno.test("a hook with onFailure: exit ends the exporter with code 1", async () => {
  const hooks = "hooks: { beforeLease: { script: exit 3, onFailure: exit } }\n";
  await using files = await board(BOARD + hooks);
  const { code, output } = await jmp("--exporter-config", files.file, ...INSECURE);
  assert.equal(code, 1, output);
  assert.match(output, /Hook failed with exit code 3/);
});

Deno.test("hooks find our j on their PATH", async () => {
  const hooks = "hooks: { beforeLease: { script: 'j power on && echo hook $((40 + 2))' } }\n";
  await using exporter = await start(BOARD + hooks, "--passphrase", "open sesame");
  await exporter.says("hook 42");
  assert.match(exporter.process.output, /power on/);
});

Deno.test("the log on a pipe is JSON, a record a line", async () => {
  await using exporter = await start(BOARD, "--passphrase", "open sesame");
  await exporter.end("SIGTERM");
  const records = exporter.process.output.trim().split("\n").map((line) => JSON.parse(line));
  const listening = records.find(({ msg }) => LISTENING.test(msg));
  assert.equal(listening.level, "info");
  assert.equal(listening.logger, "exporter");
  assert.equal(listening.component, "exporter");
  assert.equal(listening.exporter, "board");
  assert.equal(listening.drivers, 1);
  assert.match(listening.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(records.some(({ level, msg }) => level === "warning" && /passphrase/.test(msg)));
  assert.doesNotMatch(exporter.process.output, /sesame/);
});

Deno.test("the log as text shows what matters enough", async () => {
  await using exporter = await start(BOARD, "--log-format", "text", "--log-level", "INFO");
  assert.match(
    exporter.process.output,
    /^\d\d:\d\d:\d\d INFO {5}\[exporter\] Exporter board listens/m,
  );
});

Deno.test("a port in use is one line, and code 1", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${taken.addr.port}`;
  await using files = await board(BOARD);
  const listener = ["--tls-grpc-listener", address, "--tls-grpc-insecure"];
  const { code, output } = await jmp("--exporter-config", files.file, ...listener);
  assert.equal(code, 1);
  assert.equal(output.trim(), `Error: Cannot listen on ${address}: somebody else does`);
});

Deno.test("what is wrong in a driver's configuration is shown with its place", async () => {
  await using files = await board(`${HEAD}export:
  power:
    type: jumpstarter_driver_power.driver.MockPowr
  other:
    type: jumpstarter_driver_power.driver.MockPower
    config: { volts: 12 }
`);
  const { code, output } = await jmp("--exporter-config", files.file, ...INSECURE);
  assert.equal(code, 1, output);
  assert.match(output, /board\.yaml:4:11: export\.power\.type: .*MockPower/);
  assert.match(output, /board\.yaml:7:\d+: export\.other\.config/);
});

const FILE = ["--exporter-config", "board.yaml"];

for (
  const [args, message] of [
    [INSECURE, "one of --exporter, --exporter-config should be specified"],
    [
      ["--exporter", "a", ...FILE, ...INSECURE],
      "only one of --exporter, --exporter-config should be specified",
    ],
    [
      [...FILE, "--passphrase", "p"],
      "--tls-grpc-insecure, --tls-cert, --tls-key and --passphrase require --tls-grpc-listener",
    ],
    [
      [...FILE, ...INSECURE, "--tls-cert", "c"],
      "--tls-grpc-insecure cannot be combined with --tls-cert / --tls-key",
    ],
    [
      [...FILE, "--tls-grpc-listener", "1", "--tls-cert", "c"],
      "--tls-grpc-listener requires either --tls-grpc-insecure or --tls-cert and --tls-key",
    ],
    [
      [...FILE, "--tls-grpc-listener", "host:port", "--tls-grpc-insecure"],
      "--tls-grpc-listener must be [HOST:]PORT: current value is 'host:port'",
    ],
    [
      [...FILE, "--tls-grpc-listener", "::1:70000", "--tls-grpc-insecure"],
      "--tls-grpc-listener must be [HOST:]PORT: current value is '::1:70000'",
    ],
    [
      [...FILE, "--tls-grpc-listener", "70000", "--tls-grpc-insecure"],
      "--tls-grpc-listener: port must be between 0 and 65535: current value is '70000'",
    ],
    [[...FILE, ...INSECURE, "--passphrase", ""], "--passphrase must not be empty"],
    [
      [...FILE, ...INSECURE, "--log-level", "loud"],
      "--log-level must be one of debug, info, warning, error, critical: current value is 'loud'",
    ],
  ] as const
) {
  Deno.test(`jmp run ${args.join(" ")} is refused: ${message}`, async () => {
    const { code, output } = await jmp(...args);
    assert.ok(output.trim().endsWith(`Error: ${message}`), output);
    assert.equal(code, 2);
  });
}
