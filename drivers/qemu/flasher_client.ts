import { QemuFlasherInterface } from "@jumpstarter/proto/driver/qemu/v1";
import {
  FlasherClient,
  type FlashOptions,
  type ImageMap,
  type ImageSource,
  isImageMap,
} from "../flasher/mod.ts";

/** Options of {@linkcode QemuFlasherClient.flashOci}. */
export interface FlashOciOptions {
  /** Where the image goes: `root` unless told, `bios`, `OVMF_CODE.fd` or `OVMF_VARS.fd`. */
  target?: string;
  /** User at the registry, with `password`. The exporter's own accounts are used unless told. */
  username?: string;
  /** Password at the registry. */
  password?: string;
  /** Told what the program that fetches the image says. */
  onOutput?: (text: string, channel: "stdout" | "stderr") => void;
  /** Ends it, on the exporter too. */
  signal?: AbortSignal;
}

/** Writes a virtual board's images, and reads them back. An image is also what `oci://REGISTRY/REPOSITORY:TAG` names. */
export class QemuFlasherClient extends FlasherClient {
  /** Writes one image, or several, each to its partition. */
  override async flash(image: ImageSource | ImageMap, options: FlashOptions = {}): Promise<void> {
    const { signal, target } = options;
    if (isOciUrl(image)) return await this.flashOci(image, { signal, target });
    if (!isImageMap(image) || !Object.values(image).some(isOciUrl)) {
      return await super.flash(image, options);
    }
    for (const [target, source] of Object.entries(image)) {
      await this.flash(source, { ...options, target });
    }
  }

  /**
   * Writes an image from an OCI registry, which the exporter fetches with the program fls.
   *
   * @throws {ConnectError} with what is wrong: fls missing, failed, or too slow
   */
  async flashOci(url: string, options: FlashOciOptions = {}): Promise<void> {
    const { target: partition, username: ociUsername, password: ociPassword, signal } = options;
    const request = { ociUrl: url, partition, ociUsername, ociPassword };
    const output = this.node.typed(QemuFlasherInterface).flashOci(request, { signal });
    for await (const { stdout, stderr } of output) {
      if (stdout !== "") options.onOutput?.(stdout, "stdout");
      if (stderr !== "") options.onOutput?.(stderr, "stderr");
    }
  }
}

/** Whether an image is one that a registry has. */
export function isOciUrl(image: unknown): image is string {
  return typeof image === "string" && image.startsWith("oci://");
}
