import { delay } from "@jumpstarter/core/client";
import type { DriverCall, Resource } from "@jumpstarter/core/driver";
import { BlockWriter, fileSource, writeAll } from "../flasher/mod.ts";

/** Options of {@linkcode writeBlockDevice} and {@linkcode readBlockDevice}. */
export interface BlockDeviceOptions {
  /** The longest wait for the device to be there with a size, in ms; 10,000 unless told, as upstream. */
  timeoutMs?: number;
  /** The longest wait until all is on the medium, in ms; 900,000 unless told. */
  fsyncTimeoutMs?: number;
  /** Time that the medium is left alone afterwards, in ms; 6,000 unless told: card readers say too early that they are done. */
  leewayMs?: number;
}

/** Time between two looks at a device that is not there yet, in ms; as upstream. */
const POLL_MS = 1_000;

/** A line of the log for so many bytes, as upstream. */
const LOG_BYTES = 50 * 1024 * 1024;

const MiB = 1024 * 1024;

/** Linux's numbers for a device that is about to come: no such file, no medium, I/O error. */
const NOT_YET: ReadonlySet<string> = new Set(["ENOENT", "ENOMEDIUM", "EIO", "ENXIO"]);

/**
 * Writes a block device from its start, such as a card that a mux has just connected to the host.
 *
 * @param path the device; a file with a size will do. It is not made, nor cut off.
 * @throws {DOMException} TimeoutError if it does not come in time, or does not finish in time
 * @throws {RangeError} if the image is larger than the device
 */
export async function writeBlockDevice(
  path: string,
  { readable }: Resource,
  { signal, log }: Pick<DriverCall, "signal" | "log">,
  options: BlockDeviceOptions = {},
): Promise<void> {
  const { fsyncTimeoutMs = 900_000, leewayMs = 6_000 } = options;
  const { file, size } = await openWhenReady(path, { write: true }, signal, options.timeoutMs);
  try {
    const blocks = new BlockWriter((block) => writeAll(file, block));
    try {
      let logged = 0;
      for await (const chunk of readable) {
        signal.throwIfAborted();
        if (blocks.bytes + chunk.length > size) {
          throw new RangeError(`Cannot write ${path}: the image is larger than its ${size} bytes`);
        }
        const written = blocks.write(chunk);
        if (written !== undefined) await written;
        if (blocks.bytes - logged < LOG_BYTES) continue;
        logged = blocks.bytes;
        log.info(`${path}: ${Math.floor(logged / MiB)} MiB written`);
      }
      await blocks.flush();
    } finally {
      await blocks.stop();
    }
    log.info(`${path}: ${Math.ceil(blocks.bytes / MiB)} MiB written, waiting for the medium`);
    await synced(path, file, signal, fsyncTimeoutMs);
  } finally {
    file.close();
  }
  await delay(leewayMs, signal);
}

/**
 * Reads a block device from its start to its end.
 *
 * @throws {DOMException} TimeoutError if it does not come in time
 */
export async function readBlockDevice(
  path: string,
  { writable }: Resource,
  { signal }: Pick<DriverCall, "signal">,
  options: Pick<BlockDeviceOptions, "timeoutMs"> = {},
): Promise<void> {
  const { file } = await openWhenReady(path, { read: true }, signal, options.timeoutMs);
  await fileSource(file).pipeTo(writable, { signal });
}

async function openWhenReady(
  path: string,
  mode: Deno.OpenOptions,
  signal: AbortSignal,
  timeoutMs = 10_000,
): Promise<{ file: Deno.FsFile; size: number }> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      const file = await Deno.open(path, mode);
      try {
        // stat() says 0 of a block device: its end is its size.
        const size = await file.seek(0, Deno.SeekMode.End);
        if (size > 0) {
          await file.seek(0, Deno.SeekMode.Start);
          return { file, size };
        }
      } catch (error) {
        file.close();
        throw error;
      }
      file.close();
    } catch (error) {
      if (!NOT_YET.has(codeOf(error))) throw error;
    }
    const rest = end - performance.now();
    if (rest <= 0) {
      throw new DOMException(
        `Cannot open ${path}: no device with a size came within ${timeoutMs} ms`,
        "TimeoutError",
      );
    }
    await delay(Math.min(POLL_MS, rest), signal);
  }
}

/** Waits for the medium. Readers of cards fail for a while with EIO, and then succeed; some never come back. */
async function synced(
  path: string,
  file: Deno.FsFile,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() =>
    late.abort(
      new DOMException(
        `Cannot write ${path}: not all was on the medium within ${timeoutMs} ms`,
        "TimeoutError",
      ),
    ), timeoutMs);
  const stop = AbortSignal.any([signal, late.signal]);
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => {});
  stop.addEventListener("abort", () => stopped.reject(stop.reason), { once: true });
  try {
    for (;;) {
      stop.throwIfAborted();
      try {
        return await Promise.race([file.sync(), stopped.promise]);
      } catch (error) {
        if (codeOf(error) !== "EIO") throw error;
      }
      await delay(POLL_MS, stop);
    }
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "ENOENT";
  const { code, message } = error as { code?: string; message?: string };
  if (code !== undefined) return code;
  const number = /\(os error (\d+)\)/.exec(message ?? "")?.[1];
  return ({ 5: "EIO", 6: "ENXIO", 123: "ENOMEDIUM" } as Record<string, string>)[number ?? ""] ?? "";
}
