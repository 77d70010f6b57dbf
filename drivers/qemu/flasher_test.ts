import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { Code, type ConnectError } from "@connectrpc/connect";
import { type ByteTransform, compressor } from "@jumpstarter/core/stream";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import { testWith } from "@jumpstarter/testing/tool";
import { QemuClient } from "./client.ts";
import { Qemu } from "./driver.ts";
import { QemuFlasherClient } from "./flasher_client.ts";
import { PowerSwitch, serveBoard, stopAtPrompt, testWithBoard, UBOOT } from "./testing/board.ts";

const MIB = 2 ** 20;

const serve = (): Promise<ServedDevice> => serveDriver(Qemu, { config: { arch: "aarch64" } });

/** An image that can be told from others. */
function image(bytes: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(bytes / 4).map((_, i) => Math.imul(i, 2654435761));
  return new Uint8Array(words.buffer);
}

async function dump(flasher: QemuFlasherClient, target?: string): Promise<Uint8Array> {
  const whole = new TransformStream<Uint8Array, Uint8Array>();
  const [bytes] = await Promise.all([
    new Response(whole.readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes(),
    flasher.dump(whole.writable, { target }),
  ]);
  return bytes;
}

function compressed(bytes: Uint8Array, by: ByteTransform): ReadableStream<Uint8Array> {
  return new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(by);
}

Deno.test("an image that was flashed is dumped, and a compressed one decompressed", async () => {
  await using device = await serve();
  const flasher = device.get("flasher", QemuFlasherClient);
  await rejects(dump(flasher), /Cannot dump root: there is no image/);
  const bytes = image(2 * MIB);
  await flasher.flash(bytes);
  deepEqual(await dump(flasher), bytes);
  for (const encoding of ["gzip", "xz", "bz2", "zstd"] as const) {
    const other = image(MIB).reverse();
    await flasher.flash(compressed(other, compressor(encoding)), { target: "bios" });
    deepEqual(await dump(flasher, "bios"), other);
  }
  deepEqual(await dump(flasher, "root"), bytes);
});

Deno.test("there are four partitions, and no others", async () => {
  await using device = await serve();
  const flasher = device.get("flasher", QemuFlasherClient);
  await rejects(flasher.flash(image(4), { target: "boot" }), (error: ConnectError) => {
    equal(error.code, Code.InvalidArgument);
    match(error.message, /invalid partition name: boot/);
    return true;
  });
  await flasher.flash({ "OVMF_CODE.fd": image(8), "OVMF_VARS.fd": image(12) });
  equal((await dump(flasher, "OVMF_VARS.fd")).length, 12);
});

Deno.test("a flash that breaks off leaves the image before", async () => {
  await using device = await serve();
  const flasher = device.get("flasher", QemuFlasherClient);
  await flasher.flash(image(MIB));
  const cut = (await new Response(compressed(image(MIB), compressor("gzip"))).bytes())
    .subarray(0, 1000);
  await rejects(flasher.flash(cut), /Cannot decompress gzip: input ends too early/);
  const abort = new AbortController();
  const endless = new ReadableStream<Uint8Array>({
    pull(controller): void {
      controller.enqueue(new Uint8Array(65_536).fill(1));
      setTimeout(() => abort.abort(new Error("given up")), 0);
    },
  });
  await rejects(flasher.flash(endless, { signal: abort.signal }));
  deepEqual(await dump(flasher), image(MIB));
});

testWithBoard("a board boots the firmware that was flashed, and sees the disk", async () => {
  await using device = await serveBoard({ default_partitions: {} });
  const flasher = device.get("flasher", QemuFlasherClient);
  await flasher.flash({ bios: UBOOT.aarch64, root: image(2 * MIB) });
  const board = device.get("", QemuClient);
  await board.setDiskSize("8M");
  const power = device.get("power", PowerSwitch);
  await power.on();
  await using serial = await stopAtPrompt(device);
  await serial.sendLine("virtio info");
  match((await serial.expectPrompt()).before, /Capacity: 8\.0 MB = 0\.0 GB \(16384 x 512\)/);
  await serial.sendLine("virtio dev 0; virtio read 0x40200000 1 1; md.l 0x40200000 2");
  // Second sector: words 128 and 129.
  const [word, next] = new Uint32Array(image(1024).buffer).subarray(128);
  const hex = (value: number): string => value.toString(16).padStart(8, "0");
  const { before } = await serial.expectPrompt();
  match(before, new RegExp(`40200000: ${hex(word)} ${hex(next)}`));
  await serial.sendLine("mw.l 0x40200000 0x64756d70; virtio write 0x40200000 0 1");
  match((await serial.expectPrompt()).before, /1 blocks written: OK/);
  await power.off();
  const after = await dump(flasher);
  deepEqual([after.length, new TextDecoder().decode(after.subarray(0, 4))], [8 * MIB, "pmud"]);
  await board.setDiskSize("4M");
  await rejects(power.on(), /Shrinking disk is not supported/);
}, { tools: ["qemu-img"] });

testWith(
  "an image comes from a registry by fls, and what that says is passed on",
  ["sh"],
  async () => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () =>
        new Response(`#!/bin/sh
echo "$1 $2 as $FLS_REGISTRY_USERNAME"
echo "careful" >&2
case $2 in *missing*) exit 3;; *slow*) exec sleep 60;; esac
printf image > "$3"
`),
    );
    const { port } = server.addr;
    const config = {
      arch: "aarch64",
      fls_allow_custom_binaries: true,
      fls_custom_binary_url: `http://127.0.0.1:${port}/fls`,
      flash_timeout: 1,
    };
    await using device = await serveDriver(Qemu, { config });
    const flasher = device.get("flasher", QemuFlasherClient);
    const said: string[] = [];
    await flasher.flashOci("oci://registry/board:1", {
      username: "me",
      password: "secret",
      onOutput: (text, channel) => said.push(`${channel}: ${text}`),
    });
    deepEqual(said.sort(), [
      "stderr: careful\n",
      "stdout: from-url oci://registry/board:1 as me\n",
    ]);
    equal(new TextDecoder().decode(await dump(flasher)), "image");
    await rejects(flasher.flash("oci://registry/missing:1"), /fls flash failed \(return code 3\)/);
    await rejects(flasher.flash("oci://registry/slow:1"), /fls flash timed out after 1s/);
    await rejects(flasher.flashOci("http://registry/board"), /OCI URL must start with oci:\/\//);
    await rejects(
      flasher.flashOci("oci://registry/board:1", { username: "me" }),
      /OCI authentication requires both username and password/,
    );
    equal(new TextDecoder().decode(await dump(flasher)), "image");
    const tuples = [];
    const { node } = flasher;
    for await (const item of node.callStreaming("flash_oci", ["oci://r/b:1", "bios"])) {
      tuples.push(item);
    }
    deepEqual(tuples.at(-1), ["", "", 0]);
    equal(await node.call("flash", ["oci://r/b:1", "root"]), null);
  },
);

Deno.test("fls that is missing is said to be missing", async () => {
  await using device = await serve();
  await rejects(
    device.get("flasher", QemuFlasherClient).flashOci("oci://registry/board:1"),
    /fls command not found/,
  );
});
