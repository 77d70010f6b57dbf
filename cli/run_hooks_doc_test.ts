import assert from "node:assert/strict";
import { connect } from "@jumpstarter/core/client";
import { startDeno } from "@jumpstarter/testing/process";
import { ExporterStatus } from "@jumpstarter/proto/v1";

const JMP = new URL("./jmp.ts", import.meta.url);
const PAGE = new URL("../docs/hooks.md", import.meta.url);

const examples = [...(await Deno.readTextFile(PAGE)).matchAll(/```yaml\n([^]*?)```/g)];

for (const [index, [, yaml]] of examples.entries()) {
  Deno.test(`example ${index + 1} of docs/hooks.md does what it says`, async () => {
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    await Deno.writeTextFile(file, yaml);
    {
      await using exporter = await startDeno(JMP, {
        args: [
          ...["run", "--exporter-config", file, "--log-format", "text"],
          ...["--tls-grpc-listener", "127.0.0.1:0", "--tls-grpc-insecure"],
        ],
        readyPattern: /listens on \S+:(\d+)/,
      });
      await using device = await connect({ host: `127.0.0.1:${exporter.port}`, insecure: true });
      let now = await device.status();
      while (now.status === ExporterStatus.BEFORE_LEASE_HOOK) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        now = await device.status();
      }
      assert.equal(now.message, "Ready for commands", exporter.output);
      assert.match(exporter.output, /power on/);
      exporter.kill("SIGTERM");
      await exporter.status;
      assert.doesNotMatch(exporter.output, /WARNING|ERROR/);
      if (yaml.includes("afterLease")) assert.match(exporter.output, /power off/);
    }
    await Deno.remove(file);
  });
}
