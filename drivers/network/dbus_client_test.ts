import assert from "node:assert/strict";
import type { DriverNode } from "@jumpstarter/core/client";
import { findTool, testWith } from "@jumpstarter/testing/tool";
import { runTool, startProcess } from "@jumpstarter/testing/process";
import { DbusNetworkClient } from "./dbus_client.ts";
import { directDevice } from "./fixture_test.ts";
import { UnixNetworkDriver } from "./unix_network.ts";

testWith("a forwarded bus answers busctl, which finds it by the environment", [
  "dbus-daemon",
  "busctl",
], async () => {
  const folder = await Deno.makeTempDir();
  await using _bus = await startProcess(findTool("dbus-daemon")!, {
    args: ["--session", "--print-address", "--nofork", `--address=unix:path=${folder}/bus`],
    readyPattern: /(unix:\S+)/,
  });
  const device = directDevice(new UnixNetworkDriver({ path: `${folder}/bus` }));
  const node = { ...device, labels: { "jumpstarter.dev/dbusnetwork/kind": "session" } };
  const client = new DbusNetworkClient(node as unknown as DriverNode);
  assert.equal(client.kind, "session");
  const before = Deno.env.get("DBUS_SESSION_BUS_ADDRESS");
  const output = await client.withBus(async (forward) => {
    assert.equal(Deno.env.get("DBUS_SESSION_BUS_ADDRESS"), forward.busAddress);
    const { code, output } = await runTool(findTool("busctl")!, {
      args: ["list", "--user", "--no-pager"],
    });
    assert.equal(code, 0, output);
    return output;
  });
  assert.match(output, /^org\.freedesktop\.DBus /m);
  assert.equal(Deno.env.get("DBUS_SESSION_BUS_ADDRESS"), before);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a bus of a kind that is not known is an error", () => {
  const client = new DbusNetworkClient({ labels: {} } as unknown as DriverNode);
  assert.throws(() => client.kind, /must be system or session: current value is 'undefined'/);
});
