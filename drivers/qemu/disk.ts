import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** The image formats that QEMU is given; upstream allows the same. */
const FORMATS = ["raw", "qcow2", "qcow", "vmdk"] as const;

/** What a disk image is. */
export interface DiskImage {
  /** QEMU's name of the format. */
  readonly format: typeof FORMATS[number];
  /** Size of the disk, in bytes, as the guest sees it. */
  readonly size: number;
}

/**
 * Asks `qemu-img` what an image is. Without `qemu-img`, or where it fails, the image is taken for raw.
 *
 * @throws {RangeError} if QEMU knows the format, but a board must not be given it
 */
export async function inspectDisk(path: string, signal?: AbortSignal): Promise<DiskImage> {
  const info = await qemuImg(["info", "--output=json", path], signal).catch((error) => {
    signal?.throwIfAborted();
    if (error instanceof DiskError) return undefined;
    throw error;
  });
  if (info === undefined) return { format: "raw", size: (await Deno.stat(path)).size };
  const { format, "virtual-size": size } = JSON.parse(info);
  if (!FORMATS.includes(format)) {
    throw new RangeError(
      `Unsupported image format: ${format}: expected one of ${FORMATS.join(", ")}`,
    );
  }
  return { format, size };
}

/**
 * Grows a disk image.
 *
 * @param bytes the size that the guest is to see. No effect if it has that size
 * @throws {DiskError} if the disk would shrink, would not fit on its file system, or `qemu-img` fails
 */
export async function growDisk(
  path: string,
  disk: DiskImage,
  bytes: number,
  signal?: AbortSignal,
): Promise<void> {
  if (bytes < disk.size) {
    throw new DiskError(
      `Shrinking disk is not supported: the disk has ${disk.size} bytes: wanted are ${bytes}`,
    );
  }
  if (bytes === disk.size) return;
  const { bavail, bsize } = await statfs(dirname(path));
  if (bytes > bavail * bsize) {
    throw new DiskError(
      `Not enough disk space: ${bavail * bsize} bytes are free at '${
        dirname(path)
      }': wanted are ${bytes}`,
    );
  }
  await qemuImg(["resize", "-f", disk.format, path, String(bytes)], signal).catch((error) => {
    if (!(error instanceof DiskError)) throw error;
    throw new DiskError(`Failed to resize disk: ${error.message}`);
  });
}

/** A disk image cannot be used as wanted. */
export class DiskError extends Error {
  override readonly name = "DiskError";
}

async function qemuImg(args: string[], signal?: AbortSignal): Promise<string> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command("qemu-img", { args, stdin: "null", signal }).output();
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new DiskError("qemu-img is not installed: it comes with Debian's package qemu-utils");
  }
  signal?.throwIfAborted();
  const decoder = new TextDecoder();
  if (!output.success) throw new DiskError(decoder.decode(output.stderr).trim());
  return decoder.decode(output.stdout);
}
