import { fileURLToPath } from "node:url";

/** Absolute path of the checkout, without a slash at the end. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Folders that hold nothing that was written here. */
const SKIPPED = new Set([".git", "node_modules", "testdata", "dist"]);

/**
 * Reads the text files of a tree.
 *
 * @param root Absolute path of the tree.
 * @param wanted Says of a path, relative to `root`, whether to read it.
 * @returns The texts by relative path, sorted.
 */
export async function readTree(
  root: string,
  wanted: (path: string) => boolean,
): Promise<Map<string, string>> {
  const paths: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for await (const entry of Deno.readDir(`${root}/${folder}`)) {
      const path = folder + entry.name;
      if (entry.isDirectory && !SKIPPED.has(entry.name)) await walk(`${path}/`);
      else if (entry.isFile && wanted(path)) paths.push(path);
    }
  };
  await walk("");
  const files = new Map<string, string>();
  for (const path of paths.sort()) files.set(path, await Deno.readTextFile(`${root}/${path}`));
  return files;
}
