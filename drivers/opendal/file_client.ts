import type { TransferOptions } from "@jumpstarter/core/client";
import type { StorageInterface } from "@jumpstarter/proto/driver/storage/v1";
import type { CallOptions, DriverNode, TypedDriver } from "@jumpstarter/core/client";
import { type ImageSource, receiveImage, sendImage } from "../flasher/mod.ts";

/** Options of a transfer to or from a storage. */
export type FileTransferOptions = Pick<TransferOptions, "onProgress" | "signal">;

/** What a seek counts from. */
export type Whence = "start" | "current" | "end";

const WHENCE: Readonly<Record<Whence, bigint>> = { start: 0n, current: 1n, end: 2n };

/**
 * A file that is open on a storage. Close it: what was written is a file only then. `await using` gives it up if it was
 * not closed before, but for what the session's end does.
 */
export class OpendalFile implements AsyncDisposable {
  /** The file's id. */
  readonly id: string;
  readonly #node: DriverNode;
  readonly #driver: TypedDriver<typeof StorageInterface>;

  /** A file that was opened. */
  constructor(node: DriverNode, driver: TypedDriver<typeof StorageInterface>, id: string) {
    this.#node = node;
    this.#driver = driver;
    this.id = id;
  }

  /** Writes what a local file, an http(s) URL or a stream has. */
  async writeFrom(source: ImageSource, options: FileTransferOptions = {}): Promise<void> {
    const { signal } = options;
    await sendImage(
      this.#node,
      source,
      (src) => this.#driver.fileWrite({ fd: this.id, src }, { signal }),
      options,
    );
  }

  /** Reads the rest into a local file, or a stream, or has it uploaded to an http(s) URL with PUT. */
  async readInto(
    target: string | URL | WritableStream<Uint8Array>,
    options: FileTransferOptions & { size?: number } = {},
  ): Promise<void> {
    const { signal } = options;
    await receiveImage(
      this.#node,
      target,
      (dst) => this.#driver.fileRead({ fd: this.id, dst }, { signal }),
      options,
    );
  }

  /** Writes bytes. */
  async writeBytes(bytes: Uint8Array, options: FileTransferOptions = {}): Promise<void> {
    await this.writeFrom(bytes, options);
  }

  /** Reads the rest. */
  async readBytes(options: FileTransferOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const sink = new WritableStream<Uint8Array>({
      write: (chunk) => void chunks.push(chunk as Uint8Array<ArrayBuffer>),
    });
    await this.readInto(sink, options);
    return new Uint8Array(await new Blob(chunks).arrayBuffer());
  }

  /**
   * Moves the position.
   *
   * @param offset bytes
   * @returns the new position, in bytes from the start
   */
  async seek(offset: number, whence: Whence = "start", options: CallOptions = {}): Promise<number> {
    const { position } = await this.#driver.fileSeek(
      { fd: this.id, pos: BigInt(offset), whence: WHENCE[whence] },
      options,
    );
    return Number(position);
  }

  /** The position, in bytes from the start. */
  async tell(options: CallOptions = {}): Promise<number> {
    return Number((await this.#driver.fileTell({ fd: this.id }, options)).position);
  }

  /** Closes the file, which finishes what was written. */
  async close(options: CallOptions = {}): Promise<void> {
    await this.#driver.fileClose({ fd: this.id }, options);
  }

  /** Whether it has been closed. */
  async closed(options: CallOptions = {}): Promise<boolean> {
    return (await this.#driver.fileClosed({ fd: this.id }, options)).closed;
  }

  /** Whether it was opened to be read. */
  async readable(options: CallOptions = {}): Promise<boolean> {
    return (await this.#driver.fileReadable({ fd: this.id }, options)).readable;
  }

  /** Whether its position can be moved. */
  async seekable(options: CallOptions = {}): Promise<boolean> {
    return (await this.#driver.fileSeekable({ fd: this.id }, options)).seekable;
  }

  /** Whether it was opened to be written. */
  async writable(options: CallOptions = {}): Promise<boolean> {
    return (await this.#driver.fileWritable({ fd: this.id }, options)).writable;
  }

  /** Closes it if it is not closed yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
