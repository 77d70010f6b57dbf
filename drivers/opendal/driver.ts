import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  defineDriver,
  type DriverCall,
  type DriverContext,
  type DriverDefinition,
  type DriverHooks,
  type DriverMethods,
} from "@jumpstarter/core/driver";
import {
  type PathEntrySchema,
  StorageInterface,
  type StorageInterfaceCopyRequest,
  type StorageInterfaceFileReadRequest,
  type StorageInterfaceFileSeekRequest,
  type StorageInterfaceFileWriteRequest,
  type StorageInterfaceHashRequest,
  type StorageInterfaceOpenRequest,
  type StorageInterfaceRenameRequest,
} from "@jumpstarter/proto/driver/storage/v1";
import { Code, ConnectError } from "@connectrpc/connect";
import { z } from "zod";
import { CreatedPaths } from "./created_paths.ts";
import { FsStorage } from "./fs_storage.ts";
import { hashFile } from "./hash_file.ts";
import { OpenFile } from "./open_file.ts";
import { openStorage, storageProblems } from "./open_storage.ts";
import { normalisePath } from "./path.ts";
import type {
  Capability,
  Metadata,
  PresignedOperation,
  PresignedRequest,
  Storage,
} from "./storage.ts";

/** A request that names an open file. */
interface OfFile {
  readonly fd: string;
}

/** A request that names a path. */
interface OfPath {
  readonly path: string;
}

/** A request for one that can be given away. */
interface OfPresigned extends OfPath {
  readonly expireSecond: bigint;
}

type Entry = MessageInitShape<typeof PathEntrySchema>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Files on a storage, for callers; what they leave open is given up when the session ends. */
class OpendalDriver implements DriverMethods<typeof StorageInterface>, DriverHooks {
  readonly #storage: Storage;
  readonly #removeCreated: boolean;
  readonly #context: DriverContext;
  readonly #created = new CreatedPaths();
  readonly #files = new Map<string, OpenFile>();

  /** A driver for a storage that is open. */
  constructor(storage: Storage, context: DriverContext, removeCreated = false) {
    this.#storage = storage;
    this.#context = context;
    this.#removeCreated = removeCreated;
  }

  async open({ path: given, mode }: StorageInterfaceOpenRequest): Promise<{ id: string }> {
    const path = normalisePath(given);
    if (mode !== "rb" && mode !== "wb") {
      throw new RangeError(
        `Cannot open ${given}: mode must be 'rb' or 'wb': current value is '${mode}'`,
      );
    }
    let file: OpenFile;
    if (mode === "rb") file = new OpenFile(given, { reader: await this.#storage.openRead(path) });
    else {
      file = new OpenFile(given, { writer: await this.#storage.openWrite(path) });
      this.#created.add(path);
    }
    const id = crypto.randomUUID();
    this.#files.set(id, file);
    return { id };
  }

  async fileRead({ fd, dst }: StorageInterfaceFileReadRequest, call: DriverCall): Promise<void> {
    const file = this.#file(fd);
    await using resource = await call.resource(dst);
    await file.read(resource, call.signal);
  }

  async fileWrite({ fd, src }: StorageInterfaceFileWriteRequest, call: DriverCall): Promise<void> {
    const file = this.#file(fd);
    await using resource = await call.resource(src);
    await file.write(resource, call.signal);
  }

  fileSeek({ fd, pos, whence }: StorageInterfaceFileSeekRequest): { position: bigint } {
    return { position: BigInt(this.#file(fd).seek(Number(pos), Number(whence ?? 0n))) };
  }

  fileTell({ fd }: OfFile): { position: bigint } {
    return { position: BigInt(this.#file(fd).tell()) };
  }

  async fileClose({ fd }: OfFile): Promise<void> {
    await this.#file(fd).close();
  }

  fileClosed({ fd }: OfFile): { closed: boolean } {
    return { closed: this.#file(fd).closed };
  }

  fileReadable({ fd }: OfFile): { readable: boolean } {
    return { readable: this.#file(fd).readable };
  }

  fileSeekable({ fd }: OfFile): { seekable: boolean } {
    return { seekable: this.#file(fd).readable };
  }

  fileWritable({ fd }: OfFile): { writable: boolean } {
    return { writable: this.#file(fd).writable };
  }

  async stat({ path }: OfPath): Promise<Metadata> {
    return await this.#storage.stat(normalisePath(path));
  }

  async hash(
    { path, algo = "sha256" }: StorageInterfaceHashRequest,
    { signal }: DriverCall,
  ): Promise<{ digest: string }> {
    if (algo !== "md5" && algo !== "sha256") {
      throw new RangeError(
        `Cannot hash ${path}: algo must be 'md5' or 'sha256': current value is '${algo}'`,
      );
    }
    return { digest: await hashFile(this.#storage, normalisePath(path), algo, signal) };
  }

  async copy({ source, target }: StorageInterfaceCopyRequest): Promise<void> {
    const to = normalisePath(target);
    await this.#storage.copy(normalisePath(source), to);
    this.#created.add(to);
  }

  async rename({ source, target }: StorageInterfaceRenameRequest): Promise<void> {
    const from = normalisePath(source);
    const to = normalisePath(target);
    await this.#storage.rename(from, to);
    this.#created.delete(from);
    this.#created.add(to);
  }

  async removeAll({ path }: OfPath): Promise<void> {
    const normal = normalisePath(path);
    await this.#storage.removeAll(normal);
    this.#created.delete(normal);
  }

  async createDir({ path }: OfPath): Promise<void> {
    const normal = normalisePath(path);
    await this.#storage.createDir(normal);
    this.#created.add(normal);
  }

  async delete({ path }: OfPath): Promise<void> {
    const normal = normalisePath(path);
    await this.#storage.delete(normal);
    this.#created.delete(normal);
  }

  async exists({ path }: OfPath): Promise<{ exists: boolean }> {
    try {
      await this.#storage.stat(normalisePath(path));
      return { exists: true };
    } catch (error) {
      if ((error as { kind?: string }).kind === "NotFound") return { exists: false };
      throw error;
    }
  }

  async *list({ path }: OfPath): AsyncGenerator<Entry> {
    for await (const entry of this.#storage.list(normalisePath(path), false)) yield { path: entry };
  }

  async *scan({ path }: OfPath): AsyncGenerator<Entry> {
    for await (const entry of this.#storage.list(normalisePath(path), true)) yield { path: entry };
  }

  presignStat(request: OfPresigned): Promise<PresignedRequest> {
    return this.#presign("stat", request);
  }

  presignRead(request: OfPresigned): Promise<PresignedRequest> {
    return this.#presign("read", request);
  }

  presignWrite(request: OfPresigned): Promise<PresignedRequest> {
    return this.#presign("write", request);
  }

  capability(): Capability {
    return this.#storage.capability;
  }

  getCreatedResources(): { paths: string[] } {
    return { paths: this.#created.list() };
  }

  registerPath({ path }: OfPath): void {
    this.#created.add(path);
  }

  /** Gives up what is still open; removes what was made, if so configured. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files.values()) await file.abandon();
    this.#files.clear();
    if (!this.#removeCreated) return;
    const { log } = this.#context;
    if (this.#storage instanceof FsStorage) {
      await this.#created.removeBelow(this.#storage.root, log);
    } else {
      log.warn(`remove_created_on_close works with scheme fs only: it is ${this.#storage.scheme}`);
    }
  }

  #file(fd: string): OpenFile {
    if (!UUID.test(fd.toLowerCase())) {
      throw new RangeError(`Cannot use file: fd must be a UUID: current value is '${fd}'`);
    }
    const file = this.#files.get(fd.toLowerCase());
    // As upstream's KeyError has it.
    if (file === undefined) throw new ConnectError(`UUID('${fd}')`, Code.Unknown);
    return file;
  }

  async #presign(
    operation: PresignedOperation,
    { path, expireSecond }: OfPresigned,
  ): Promise<PresignedRequest> {
    const seconds = Number(expireSecond);
    if (!(seconds > 0)) {
      throw new RangeError(
        `Cannot presign: expire_second must be greater than 0: current value is ${seconds}`,
      );
    }
    return await this.#storage.presign(operation, normalisePath(path), seconds);
  }
}

const Options = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()]).transform((value) => String(value)),
);

const Config = z.strictObject({
  scheme: z.string(),
  kwargs: Options.default({}),
  remove_created_on_close: z.boolean().default(false),
}).superRefine(({ scheme, kwargs }, { addIssue }) => {
  for (const { path, message } of storageProblems(scheme, kwargs)) {
    addIssue({ code: "custom", path, message });
  }
});

/** Files on a folder, in memory, on a web server or in a bucket. */
export const Opendal: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_opendal.driver.Opendal",
  client: "jumpstarter_driver_opendal.client.OpendalClient",
  category: "storage",
  interfaces: [StorageInterface],
  config: Config as unknown as z.ZodType<{
    scheme: string;
    kwargs: Record<string, string>;
    remove_created_on_close: boolean;
  }>,
  create: async ({ scheme, kwargs, remove_created_on_close }, context) =>
    new OpendalDriver(await openStorage(scheme, kwargs), context, remove_created_on_close),
});
