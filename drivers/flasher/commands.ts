import {
  type CommandArgument,
  type CommandCall,
  type CommandOption,
  type DriverCommand,
  type DriverCommands,
  UsageError,
} from "@jumpstarter/core/client";
import { detectFile, type ImageOptions, isHttpUrl } from "./image_source.ts";
import type { FlashOptions, ImageMap } from "./client.ts";

/** What {@linkcode flashCommand} and {@linkcode dumpCommand} need of a client. */
export interface ImageClient {
  /** Writes one image, or several. */
  flash(image: string | ImageMap, options?: FlashOptions): Promise<void>;
  /** Reads an image. */
  dump(file: string, options?: FlashOptions): Promise<void>;
}

const COMPRESSIONS: readonly string[] = ["gzip", "xz", "bz2", "zstd"];

const FLASH_COMPRESSION: CommandOption = {
  flags: "--compression <encoding>",
  summary: "how the image is compressed; auto looks at its first bytes",
  choices: [...COMPRESSIONS, "auto"],
};

const FILE: CommandArgument = { name: "FILE", summary: "a path, or an http(s) URL" };

/** `flash [FILE]`, with `--target NAME:FILE` for several images. */
export const flashCommand: DriverCommand<ImageClient> = {
  name: "flash",
  summary: "Flash image to DUT",
  args: [{ ...FILE, required: false }],
  options: [
    {
      flags: "-t, --target <name:file>",
      summary: "a place on the device and its image; may be given several times",
      repeatable: true,
    },
    FLASH_COMPRESSION,
  ],
  async run(client, call): Promise<void> {
    const targets = call.options.target as string[] | undefined;
    const file = call.args[0] as string | undefined;
    const images = targets === undefined || targets.length === 0
      ? undefined
      : Object.fromEntries(targets.map(parseTarget));
    if (images === undefined && file === undefined) {
      throw new UsageError("FILE argument is required unless --target/-t is used");
    }
    if (images !== undefined && file !== undefined) {
      throw new UsageError("FILE argument must not be given when --target/-t is used");
    }
    for (const [target, image] of images ? Object.entries(images) : [[undefined, file!]]) {
      await hintCompression(image!, call);
      const what = target === undefined ? image! : { [target]: image! };
      await withBar(`flash ${baseName(image!)}`, call, (options) => client.flash(what, options));
    }
  },
};

/** `dump FILE`. */
export const dumpCommand: DriverCommand<ImageClient> = {
  name: "dump",
  summary: "Dump image from DUT to file",
  args: [FILE],
  options: [
    { flags: "--target <name>", summary: "what on the device is read" },
    {
      flags: "--compression <encoding>",
      summary: "how the file is to be compressed",
      choices: COMPRESSIONS,
    },
  ],
  async run(client, call): Promise<void> {
    const file = call.args[0] as string;
    const target = call.options.target as string | undefined;
    await withBar(
      `dump ${baseName(file)}`,
      call,
      (options) => client.dump(file, { ...options, target }),
    );
  },
};

/** What `j` knows of a flasher. */
export const flasherCommands: DriverCommands<ImageClient> = {
  summary: "Generic flasher interface",
  commands: [flashCommand, dumpCommand],
};

/** Runs a transfer with a progress bar, and what the command line says of compression. */
export async function withBar(
  label: string,
  { terminal, signal, options }: CommandCall,
  run: (options: ImageOptions) => Promise<void>,
): Promise<void> {
  let bar: ReturnType<typeof terminal.progress> | undefined;
  try {
    await run({
      compression: options.compression as ImageOptions["compression"],
      signal,
      onProgress(progress): void {
        bar ??= terminal.progress(label, progress.total);
        bar.update(progress.bytes);
        if (progress.done) bar.done();
      },
    });
  } finally {
    bar?.[Symbol.dispose]();
  }
}

function parseTarget(spec: string): [name: string, file: string] {
  const colon = spec.indexOf(":");
  if (colon < 0) throw new UsageError(`Invalid target spec '${spec}', expected name:file`);
  return [spec.slice(0, colon), spec.slice(colon + 1)];
}

/** A compressed image flashed as it is does not boot, and nobody sees why: say so, on a terminal. */
async function hintCompression(image: string, { options, terminal }: CommandCall): Promise<void> {
  if (options.compression !== undefined || !terminal.stderrIsTerminal || isHttpUrl(image)) return;
  const encoding = await detectFile(image).catch(() => undefined);
  if (encoding === undefined) return;
  terminal.note(
    `${baseName(image)} is compressed with ${encoding} and is flashed as it is; ` +
      `--compression ${encoding} decompresses it`,
  );
}

function baseName(path: string): string {
  return path.split(/[?#]/)[0].split("/").at(-1) || path;
}
