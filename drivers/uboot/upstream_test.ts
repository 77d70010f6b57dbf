import { deepEqual, equal, match } from "node:assert/strict";
import { connect } from "@jumpstarter/core/client";
import { runTool, startProcess } from "@jumpstarter/testing/process";
import { upstreamClientEnv } from "@jumpstarter/testing/upstream";
import { QemuClient, QemuFlasherClient } from "../qemu/mod.ts";
import { UbootConsoleClient } from "./client.ts";
import { serveUboot, testWithUbootAndPeer, UBOOT } from "./testing/uboot_board.ts";

testWithUbootAndPeer(
  "upstream's clients flash a board, and stop it at U-Boot's prompt",
  async ({ bin }) => {
    await using device = await serveUboot({}, {});
    const folder = await Deno.makeTempDir();
    try {
      const image = `${folder}/u-boot.bin`;
      await Deno.copyFile(UBOOT, image);
      const script = new URL("testdata/upstream_board.py", import.meta.url).pathname;
      const { code, output } = await runTool(`${bin}/python`, {
        args: [script, device.address.replace("unix:", ""), image],
        env: upstreamClientEnv(folder),
      });
      const lines = [
        "demo jumpstarter password",
        "U-Boot",
        "10.0.2.15",
        "bar baz None",
        "memory True",
        "disk True",
      ];
      const said = [...output.matchAll(/^> (.*)$/gm)].map(([, line]) => line);
      deepEqual(said, lines, output);
      equal(code, 0, output);
      deepEqual(await Deno.readFile(`${image}.dump`), await Deno.readFile(image));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

const UPSTREAM = `apiVersion: jumpstarter.dev/v1alpha1
kind: ExporterConfig
metadata: { namespace: default, name: upstream }
endpoint: ""
token: ""
export:
  board:
    type: jumpstarter_driver_qemu.driver.Qemu
    config: { arch: aarch64, smp: 1, default_partitions: { bios: ${UBOOT} } }
  uboot:
    type: jumpstarter_driver_uboot.driver.UbootConsole
    children: { power: { ref: board.power }, serial: { ref: board.console } }
`;

testWithUbootAndPeer("our clients use a board of upstream's exporter", async ({ kit }) => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/exporter.yaml`, UPSTREAM);
    await using _exporter = await startProcess(`${kit}/serve`, {
      args: [`unix:${folder}/socket`, "--config", `${folder}/exporter.yaml`],
    });
    await using device = await connect({ host: `unix:${folder}/socket` });
    const board = device.get("board", QemuClient);
    equal(await board.hostname(), "demo");
    await board.setMemorySize("256M");
    const image = new Uint8Array(1024 * 1024);
    await device.get("board.flasher", QemuFlasherClient).flash(image, { target: "root" });
    const uboot = device.get("uboot", UbootConsoleClient);
    await using shell = await uboot.rebootToConsole({ offSeconds: 0 });
    equal((await shell.setupDhcp()).ipAddress, "10.0.2.15");
    match(await shell.runCommand("virtio info"), /2048 x 512/);
    await shell.setEnv("foo", `it's "so"`);
    equal(await shell.getEnv("foo"), `it's "so"`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
