import { isPartName } from "../flasher/mod.ts";
import { isDirectoryPath, parentOf, shownPath } from "./path.ts";

/**
 * Lists a folder below `root` as OpenDAL does: a directory itself first, directories with their slash, nothing where
 * nothing is; a path without a slash is a prefix of what its directory has. Names come in order.
 */
export async function* listFolder(
  root: string,
  path: string,
  recursive: boolean,
): AsyncGenerator<string, void, void> {
  if (isDirectoryPath(path)) {
    if (!await isFolder(`${root}/${path}`)) return;
    yield shownPath(path);
    yield* below(root, path, recursive, "");
  } else {
    yield* below(root, parentOf(path), recursive, path);
  }
}

async function* below(
  root: string,
  folder: string,
  recursive: boolean,
  prefix: string,
): AsyncGenerator<string, void, void> {
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(`${root}/${folder}`)) entries.push(entry);
  } catch (error) {
    // It may go while it is listed.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
    throw error;
  }
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory, isSymlink } of entries) {
    const path = folder + name;
    if (!path.startsWith(prefix) || isPartName(name)) continue;
    if (!(isDirectory || isSymlink && await isFolder(`${root}/${path}`))) {
      yield path;
      continue;
    }
    yield `${path}/`;
    // A link may lead back to where it stands.
    if (recursive && !isSymlink) yield* below(root, `${path}/`, true, "");
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}
