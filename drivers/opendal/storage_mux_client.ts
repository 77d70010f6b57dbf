import {
  DriverClient,
  driverClient,
  type DriverClientBase,
  type TypedDriver,
} from "@jumpstarter/core/client";
import { StorageMuxInterface } from "@jumpstarter/proto/driver/storage_mux/v1";
import {
  type DumpOptions,
  type FlashOptions,
  type ImageMap,
  type ImageOptions,
  type ImageSource,
  isImageMap,
  receiveImage,
  sendImage,
} from "../flasher/mod.ts";

const StorageMuxBase: DriverClientBase<typeof StorageMuxInterface> = driverClient(
  StorageMuxInterface,
);

/** Switches storage between host and device. */
export class StorageMuxClient extends StorageMuxBase {
  /** Writes the storage with what a local file, an http(s) URL or a stream has. The storage must be at the host. */
  async writeFile(image: ImageSource, options: ImageOptions = {}): Promise<void> {
    const { signal } = options;
    await sendImage(this.node, image, (src) => this.write({ src }, { signal }), options);
  }

  /** Reads the storage into a local file, or a stream. The storage must be at the host. */
  async readFile(
    file: string | URL | WritableStream<Uint8Array>,
    options: ImageOptions = {},
  ): Promise<void> {
    const { signal } = options;
    await receiveImage(this.node, file, (dst) => this.read({ dst }, { signal }), options);
  }
}

/** Flashes a device through its storage: switches it to the host, writes, and switches it back. */
export class StorageMuxFlasherClient extends DriverClient {
  get #driver(): TypedDriver<typeof StorageMuxInterface> {
    return this.node.typed(StorageMuxInterface);
  }

  /** Connects the storage to the exporter's host. */
  async host(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#driver.host({}, options);
  }

  /** Connects the storage to the device. */
  async dut(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#driver.dut({}, options);
  }

  /** Disconnects the storage from both. */
  async off(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#driver.off({}, options);
  }

  /**
   * Writes an image to the storage, which is at the device again afterwards, whatever happens.
   *
   * @throws {RangeError} if a target, or several images, are given: the storage is one
   */
  async flash(image: ImageSource | ImageMap, options: FlashOptions = {}): Promise<void> {
    if (isImageMap(image)) throw noTarget(Object.keys(image).join(", "));
    if (options.target !== undefined) throw noTarget(options.target);
    const { signal } = options;
    await this.#atHost(
      signal,
      () => sendImage(this.node, image, (src) => this.#driver.write({ src }, { signal }), options),
    );
  }

  /**
   * Reads the whole storage, which is at the device again afterwards, whatever happens.
   *
   * @throws {RangeError} if a target is given: the storage is one
   */
  async dump(
    file: string | URL | WritableStream<Uint8Array>,
    options: DumpOptions = {},
  ): Promise<void> {
    if (options.target !== undefined) throw noTarget(options.target);
    const { signal } = options;
    await this.#atHost(
      signal,
      () => receiveImage(this.node, file, (dst) => this.#driver.read({ dst }, { signal }), options),
    );
  }

  async #atHost(signal: AbortSignal | undefined, run: () => Promise<unknown>): Promise<void> {
    await this.host({ signal });
    try {
      await run();
    } catch (error) {
      // Not with the signal: it is what ended the transfer, and the device needs its storage back.
      await this.dut().catch(() => {});
      throw error;
    }
    await this.dut();
  }
}

function noTarget(target: string): RangeError {
  return new RangeError(
    `target is not supported for StorageMuxFlasherClient, ${target} provided`,
  );
}
