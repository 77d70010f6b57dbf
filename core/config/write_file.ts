import { basename, dirname } from "node:path";

/**
 * Writes a file that nobody else may read, whole or not at all: to a new file beside it, which then takes its place.
 *
 * @param path Where. Its folder is made when it is missing.
 * @param text What. UTF-8.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const dir = dirname(path);
  await Deno.mkdir(dir, { recursive: true });
  const fresh = await Deno.makeTempFile({ dir, prefix: `.${basename(path)}.` });
  try {
    if (Deno.build.os !== "windows") await Deno.chmod(fresh, 0o600);
    await Deno.writeTextFile(fresh, text);
    await sync(fresh);
    await Deno.rename(fresh, path);
  } catch (error) {
    await Deno.remove(fresh).catch(() => {});
    throw error;
  }
}

/** What was written is on the disk before it takes the other's place: a crash leaves one of the two, whole. */
async function sync(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.sync();
}
