import { deepEqual, equal, rejects } from "node:assert/strict";
import { runTool } from "@jumpstarter/testing/process";
import { requireTool, testWith } from "@jumpstarter/testing/tool";
import { growDisk, inspectDisk } from "./disk.ts";

const MIB = 2 ** 20;

/** Runs with a folder that is removed afterwards. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testWith(
  "a disk grows to the size that is wanted, in each format",
  ["qemu-img"],
  () =>
    inFolder(async (folder) => {
      for (const format of ["raw", "qcow2"] as const) {
        const path = `${folder}/${format}`;
        const args = ["create", "-q", "-f", format, path, "1M"];
        equal((await runTool(requireTool("qemu-img"), { args })).code, 0);
        const disk = await inspectDisk(path);
        deepEqual(disk, { format, size: MIB });
        await growDisk(path, disk, MIB);
        await growDisk(path, disk, 4 * MIB);
        deepEqual(await inspectDisk(path), { format, size: 4 * MIB });
      }
    }),
);

testWith(
  "a disk does not shrink, and does not outgrow its file system",
  ["qemu-img"],
  () =>
    inFolder(async (folder) => {
      const path = `${folder}/root`;
      await Deno.writeFile(path, new Uint8Array(2 * MIB));
      const disk = await inspectDisk(path);
      await rejects(growDisk(path, disk, MIB), {
        name: "DiskError",
        message: `Shrinking disk is not supported: the disk has ${
          2 * MIB
        } bytes: wanted are ${MIB}`,
      });
      await rejects(growDisk(path, disk, 2 ** 53 - 512), /^DiskError: Not enough disk space: /);
      equal((await Deno.stat(path)).size, 2 * MIB);
    }),
);

testWith(
  "a format that a board must not have is refused",
  ["qemu-img"],
  () =>
    inFolder(async (folder) => {
      const path = `${folder}/root`;
      const args = ["create", "-q", "-f", "vdi", path, "1M"];
      await runTool(requireTool("qemu-img"), { args });
      await rejects(inspectDisk(path), {
        name: "RangeError",
        message: "Unsupported image format: vdi: expected one of raw, qcow2, qcow, vmdk",
      });
    }),
);
