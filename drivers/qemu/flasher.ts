import { Code, ConnectError } from "@connectrpc/connect";
import {
  defineDriver,
  type DriverCall,
  type DriverDefinition,
  type DriverMethods,
  type DriverPart,
} from "@jumpstarter/core/driver";
import { autoDecompressor } from "@jumpstarter/core/stream";
import {
  FlasherInterface,
  type FlasherInterfaceDumpRequest,
  type FlasherInterfaceFlashRequest,
} from "@jumpstarter/proto/driver/flasher/v1";
import {
  QemuFlasherInterface,
  type QemuFlasherInterfaceFlashOciRequest,
} from "@jumpstarter/proto/driver/qemu/v1";
import { z } from "zod";
import { openSource } from "../flasher/mod.ts";
import type { Board } from "./board.ts";
import type { QemuConfig } from "./config.ts";
import { type FlsOutput, runFls } from "./fls.ts";
import { newPart, writeImage } from "./image_file.ts";
import { type Partition, partitionNamed } from "./partitions.ts";
import type { WorkDir } from "./work_dir.ts";

/** Writes a virtual board's images and reads them back. A board that is on goes on with what it has until the next power on. */
class QemuFlasherDriver
  implements DriverMethods<typeof FlasherInterface>, DriverMethods<typeof QemuFlasherInterface> {
  readonly #board: Board;
  readonly #config: QemuConfig;
  readonly #workDir: WorkDir;

  constructor(board: Board, config: QemuConfig, workDir: WorkDir) {
    this.#board = board;
    this.#config = config;
    this.#workDir = workDir;
  }

  async flash(request: FlasherInterfaceFlashRequest, call: DriverCall): Promise<void> {
    const { source, target } = request;
    const partition = partitionNamed(target);
    if (source.startsWith("oci://")) {
      const pieces = this.#flashOci(source, partition, {}, call.signal);
      for await (const { stdout, stderr } of pieces) {
        const text = (stdout + stderr).trim();
        if (text !== "") call.log.info(`fls: ${text}`);
      }
      return;
    }
    const path = this.#board.partitions.flashed(partition);
    await using image = await call.resource(source);
    const bytes = image.readable.pipeThrough(autoDecompressor());
    const size = await writeImage(path, bytes, call.signal).catch((error) => {
      call.signal.throwIfAborted();
      throw systemError(`Cannot flash ${partition}`, error);
    });
    call.log.info(`Flashed ${partition}: ${size} bytes`);
  }

  async dump(request: FlasherInterfaceDumpRequest, call: DriverCall): Promise<void> {
    const partition = partitionNamed(request.partition);
    const path = await this.#board.partitions.find(partition);
    if (path === undefined) {
      throw new Deno.errors.NotFound(
        `Cannot dump ${partition}: there is no image: flash one, or set default_partitions`,
      );
    }
    if (this.#board.power.state !== "off") {
      call.log.warn(`Dumping ${partition} while the board is on: it may be changing`);
    }
    await using sink = await call.resource(request.target);
    const { readable } = await openSource(path);
    await readable.pipeTo(sink.writable, { signal: call.signal });
  }

  async *flashOci(
    request: QemuFlasherInterfaceFlashOciRequest,
    call: DriverCall,
  ): AsyncGenerator<FlsOutput> {
    const account = { username: request.ociUsername, password: request.ociPassword };
    const partition = partitionNamed(request.partition);
    yield* this.#flashOci(request.ociUrl, partition, account, call.signal);
  }

  async *#flashOci(
    url: string,
    partition: Partition,
    account: { username?: string; password?: string },
    signal: AbortSignal,
  ): AsyncGenerator<FlsOutput> {
    const folder = this.#workDir.path;
    const options = { config: this.#config, folder, account, signal };
    await using part = await newPart(this.#board.partitions.flashed(partition));
    for await (const piece of runFls(url, part.path, options)) {
      if (piece.returncode === 0) await part.done();
      yield piece;
    }
  }
}

const QemuFlasher: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_qemu.driver.QemuFlasher",
  client: "jumpstarter_driver_qemu.client.QemuFlasherClient",
  category: "storage",
  interfaces: [FlasherInterface, QemuFlasherInterface],
  config: z.strictObject({}),
  create: (): never => {
    throw new Error("Cannot make QemuFlasher by itself: it is a part of Qemu");
  },
});

/** The images of a virtual board, as a child of it. */
export function flasherPart(board: Board, config: QemuConfig, workDir: WorkDir): DriverPart {
  return {
    definition: QemuFlasher,
    instance: new QemuFlasherDriver(board, config, workDir),
    description: "Images of the virtual board: root, bios, OVMF_CODE.fd, OVMF_VARS.fd",
  };
}

/** An error of the file system (a full disk) with what was being done; others as they are. */
function systemError(what: string, error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string" || !/^E[A-Z]+$/.test(code)) return error;
  return new ConnectError(`${what}: ${(error as Error).message}`, Code.Internal);
}
