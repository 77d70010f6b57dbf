import assert from "node:assert/strict";
import { parseExporterConfig } from "@jumpstarter/core/config";
import { DriverRegistry } from "@jumpstarter/core/driver";
import { serveStandalone } from "@jumpstarter/core/exporter";
import { MockPower } from "@jumpstarter/drivers/power";
import { makeCertificates } from "@jumpstarter/testing/certs";
import { runProgram } from "../testing/run_program.ts";

/** An exporter that stands alone, in this process. */
async function serve(
  { passphrase, tls, hooks = "" }: {
    passphrase?: string;
    tls?: { cert: string; key: string };
    hooks?: string;
  } = {},
): Promise<{ address: string } & AsyncDisposable> {
  const stop = new AbortController();
  const listening = Promise.withResolvers<string>();
  const { config } = parseExporterConfig(
    `apiVersion: jumpstarter.dev/v1alpha1
kind: ExporterConfig
metadata: { namespace: default, name: far }
export:
  power:
    type: jumpstarter_driver_power.driver.MockPower
${hooks}`,
    "far.yaml",
  );
  const served = serveStandalone({
    config,
    registry: new DriverRegistry().add(MockPower),
    listen: { hostname: "127.0.0.1", port: 0 },
    passphrase,
    tls,
    signal: stop.signal,
    onListening: ({ address }) => listening.resolve(address),
  });
  served.catch(listening.reject);
  return {
    address: await listening.promise,
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort();
      await served;
    },
  };
}

const direct = (address: string, ...args: string[]) =>
  runProgram("jmp", ["shell", "--tls-grpc", address, "--tls-grpc-insecure", ...args]);

Deno.test("a shell uses an exporter that listens somewhere", async () => {
  await using exporter = await serve({ passphrase: "open sesame" });
  const { address } = exporter;
  const passphrase = ["--passphrase", "open sesame"];
  const run = await direct(address, ...passphrase, "--", "j", "power", "read");
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  assert.match(run.stdout, /^voltage=0\.0 V /);
  const { stdout } = await direct(address, ...passphrase, "--", "sh", "-c", "env | sort");
  assert.ok(stdout.includes(`JUMPSTARTER_HOST=${address}\n`));
  for (const line of ["JMP_EXPORTER=direct", "JMP_LEASE=direct", "JMP_GRPC_INSECURE=1"]) {
    assert.ok(stdout.includes(`${line}\n`), line);
  }
  assert.ok(stdout.includes("JMP_GRPC_PASSPHRASE=open sesame\n"));
});

Deno.test("a wrong passphrase is told in one line", async () => {
  await using exporter = await serve({ passphrase: "open sesame" });
  for (const args of [[], ["--passphrase", "open barley"]]) {
    assert.deepEqual(await direct(exporter.address, ...args, "--", "true"), {
      code: 1,
      stdout: "",
      stderr: "Error: Authentication failed: invalid or missing passphrase\nCheck the passphrase\n",
    });
  }
});

Deno.test("an exporter that is not there is told in one line", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const { code, stderr } = await direct(`127.0.0.1:${port}`, "--", "true");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^Error: Exporter did not respond to initial connection \(Caused by: .*\)\n$/,
  );
});

Deno.test("a shell waits for the hook before the lease and shows what it says", async () => {
  await using exporter = await serve({
    hooks: `hooks:
  beforeLease:
    script: echo warming up; sleep 0.3; exit 4
    onFailure: warn
`,
  });
  const { code, stdout, stderr } = await direct(exporter.address, "--", "echo", "ready");
  assert.deepEqual([code, stdout], [0, "ready\n"]);
  assert.match(stderr, /\[exporter:beforeLease\] warming up/);
  assert.match(stderr, /^Warning: .*exit code 4/m);
});

Deno.test("a shell, and j in it, trust the certificate that they are told to", async () => {
  const { ca, server } = await makeCertificates();
  await using exporter = await serve({ tls: server });
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/ca.pem`, ca.cert);
    const host = exporter.address.replace("127.0.0.1", "localhost");
    const args = ["shell", "--tls-grpc", host, "--tls-ca", `${folder}/ca.pem`, "--", "j", "power"];
    assert.deepEqual(await runProgram("jmp", [...args, "on"]), { code: 0, stdout: "", stderr: "" });
    const distrusted = await runProgram("jmp", ["shell", "--tls-grpc", host, "--", "true"]);
    assert.equal(distrusted.code, 1);
    assert.match(distrusted.stderr, /^Error: Exporter did not respond .*ertificate/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
