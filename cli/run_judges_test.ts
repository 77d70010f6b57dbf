import assert from "node:assert/strict";
import { runTool, startDeno, type TestProcess } from "@jumpstarter/testing/process";
import { requireTool, testWith } from "@jumpstarter/testing/tool";

const JMP = new URL("./jmp.ts", import.meta.url);

const BOARD = `metadata: { namespace: default, name: board }
export:
  power: { type: jumpstarter_driver_power.driver.MockPower, config: { uuid: ${"12345678-1234-4234-8234-123456789abc"} } }
  network: { type: jumpstarter_driver_network.driver.EchoNetwork }
`;
const UUID = "x-jumpstarter-driver-uuid: 12345678-1234-4234-8234-123456789abc";
const POWER = "jumpstarter.driver.power.v1.PowerInterface";

async function withExporter(run: (process: TestProcess) => Promise<void>): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(file, BOARD);
  const listener = ["--tls-grpc-listener", "127.0.0.1:0", "--tls-grpc-insecure"];
  const process = await startDeno(JMP, {
    args: ["run", "--exporter-config", file, ...listener],
    readyPattern: /listens on \S+:(\d+)/,
  });
  try {
    await run(process);
  } finally {
    await process[Symbol.asyncDispose]();
    await Deno.remove(file);
  }
}

testWith(
  "grpcurl lists the interfaces of jmp run's drivers, and calls one",
  ["grpcurl"],
  () =>
    withExporter(async (exporter) => {
      const grpcurl = async (...args: string[]): Promise<string> => {
        const { code, output } = await runTool(requireTool("grpcurl"), {
          args: ["-plaintext", "-max-time", "20", ...args],
        });
        assert.equal(code, 0, output);
        return output;
      };
      const address = `127.0.0.1:${exporter.port}`;
      const services = (await grpcurl(address, "list")).trim().split("\n");
      assert.ok(services.includes(POWER), services.join());
      assert.ok(
        services.includes("jumpstarter.driver.network.v1.NetworkInterface"),
        services.join(),
      );
      assert.ok(services.includes("jumpstarter.v1.ExporterService"), services.join());
      await grpcurl("-H", UUID, address, `${POWER}/On`);
      assert.match(exporter.output, /power on/);
      const readings = await grpcurl("-H", UUID, address, `${POWER}/Read`);
      assert.match(readings, /"voltage": 5,\s+"current": 2/);
    }),
);

testWith(
  "curl calls a driver of jmp run as Connect JSON",
  ["curl"],
  () =>
    withExporter(async (exporter) => {
      const { output } = await runTool(requireTool("curl"), {
        args: [
          "--silent",
          "--http2-prior-knowledge",
          "--max-time",
          "20",
          "--write-out",
          " %{http_code}",
          "--header",
          "content-type: application/json",
          "--header",
          UUID,
          "--data",
          "{}",
          `http://127.0.0.1:${exporter.port}/${POWER}/On`,
        ],
      });
      assert.equal(output, "{} 200");
      assert.match(exporter.output, /power on/);
    }),
);
