import { DriverClient } from "@jumpstarter/core/client";
import { FlasherInterface } from "@jumpstarter/proto/driver/flasher/v1";
import { openSink } from "./atomic_file.ts";
import {
  type ImageOptions,
  type ImageSource,
  isHttpUrl,
  sendImage,
  urlHandle,
} from "./image_source.ts";

/** Options of {@linkcode FlasherClient.flash}. */
export interface FlashOptions extends ImageOptions {
  /** Where on the device the image goes, such as a partition. The driver's usual place unless told. */
  target?: string;
}

/** Options of {@linkcode FlasherClient.dump}. */
export interface DumpOptions extends ImageOptions {
  /** What on the device is read, such as a partition. The driver's usual place unless told. */
  target?: string;
}

/** Several images, each with its place on the device. */
export type ImageMap = Readonly<Record<string, ImageSource>>;

/** Writes images to a device, and reads them back. */
export class FlasherClient extends DriverClient {
  /**
   * Writes one image, or several, one after the other.
   *
   * @param image what is written, or a map from places on the device to what is written there
   * @throws {RangeError} if `target` is given with several images
   * @throws {Deno.errors.NotFound} if there is no such local file
   *
   * @example
   * ```ts
   * await flasher.flash("disk.img.xz", { compression: "xz" });
   * await flasher.flash({ boot: "boot.img", system: "https://images.lab/system.img" });
   * ```
   */
  async flash(image: ImageSource | ImageMap, options: FlashOptions = {}): Promise<void> {
    if (!isImageMap(image)) return await this.#flash(image, options.target, options);
    if (options.target !== undefined) {
      throw new RangeError("'target' parameter is not valid when flashing multiple images");
    }
    for (const [target, source] of Object.entries(image)) {
      await this.#flash(source, target, options);
    }
  }

  /**
   * Reads an image. A local file appears when all of it has come, and not at all if anything fails.
   *
   * @param file a local path, an http(s) URL that the exporter uploads to with PUT, or a stream
   */
  async dump(
    file: string | URL | WritableStream<Uint8Array>,
    options: DumpOptions = {},
  ): Promise<void> {
    const { target: partition, signal } = options;
    const driver = this.node.typed(FlasherInterface);
    await receiveImage(
      this.node,
      file,
      (target) => driver.dump({ target, partition }, { signal }),
      options,
    );
  }

  async #flash(
    image: ImageSource,
    target: string | undefined,
    options: FlashOptions,
  ): Promise<void> {
    const { signal } = options;
    const driver = this.node.typed(FlasherInterface);
    await sendImage(
      this.node,
      image,
      (source) => driver.flash({ source, target }, { signal }),
      options,
    );
  }
}

/** Whether it is several images. */
export function isImageMap(image: ImageSource | ImageMap): image is ImageMap {
  return typeof image === "object" && !(image instanceof URL) &&
    !(image instanceof ReadableStream) && !(image instanceof Uint8Array);
}

/**
 * Runs a call with the handle of a file that the driver writes.
 *
 * @throws {RangeError} if the file is a URL and is to be compressed: the exporter uploads what the driver gives
 */
export async function receiveImage<T>(
  node: DriverClient["node"],
  file: string | URL | WritableStream<Uint8Array>,
  use: (handle: string) => Promise<T>,
  options: ImageOptions = {},
): Promise<T> {
  const { compression, onProgress, signal } = options;
  if (compression === "auto") {
    throw new RangeError("Cannot dump: compression must be named: current value is 'auto'");
  }
  if (isHttpUrl(file)) {
    if (compression !== undefined) {
      throw new RangeError("Cannot dump: compression is not possible with an http(s) URL");
    }
    return await use(urlHandle(String(file), "PUT"));
  }
  const sink = file instanceof WritableStream
    ? file
    : await openSink(file instanceof URL ? decodeURIComponent(file.pathname) : file);
  return await node.withDownload(sink, use, { encoding: compression, onProgress, signal });
}
