import assert from "node:assert/strict";
import { createClient } from "@connectrpc/connect";
import { ExporterService, ExporterStatus } from "@jumpstarter/proto/v1";
import { parseExporterConfig } from "../config/mod.ts";
import { DriverConfigError, DriverRegistry } from "../driver/mod.ts";
import { createGrpcTransport } from "../grpc/mod.ts";
import { serveLocal } from "./local.ts";
import { events, TestDevice } from "./testing/test_device.ts";

const HEAD = "metadata: { namespace: default, name: board }\n";
const registry = new DriverRegistry().add(TestDevice);

Deno.test("a local exporter is ready at once, runs no hooks, has no lease, and leaves nothing", async () => {
  events.length = 0;
  const { config } = parseExporterConfig(
    `${HEAD}motd: hello
export: { device: { type: test.TestDevice } }
hooks: { beforeLease: { script: exit 1, onFailure: exit } }
`,
    "board.yaml",
  );
  let path: string;
  {
    await using exporter = await serveLocal({ config, registry });
    path = exporter.path;
    assert.equal((await Deno.stat(path.replace(/\/socket$/, ""))).mode! & 0o777, 0o700);
    const transport = createGrpcTransport({ address: `unix:${path}` });
    const client = createClient(ExporterService, transport);
    assert.equal((await client.getStatus({})).status, ExporterStatus.LEASE_READY);
    assert.equal((await client.getReport({})).motd, "hello");
    const { success, message } = await client.endSession({});
    assert.equal(success, false);
    assert.equal(message, "No active lease context");
    transport.close();
  }
  assert.deepEqual(events, ["device reset", "device closed"]);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("a local exporter whose configuration is wrong opens nothing", async () => {
  const { config } = parseExporterConfig(`${HEAD}export: { x: { type: nobody } }\n`, "board.yaml");
  await assert.rejects(serveLocal({ config, registry }), DriverConfigError);
});
