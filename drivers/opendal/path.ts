import { StorageError } from "./storage.ts";

/**
 * The one spelling of a path: no slash at the beginning, none twice, a slash at the end if there was one, `.` and `..`
 * resolved; the root is empty.
 *
 * @throws {StorageError} PermissionDenied if it leaves the storage's root. OpenDAL lets it; nobody who is given a
 * folder expects to give away the rest of the disk.
 */
export function normalisePath(path: string): string {
  const kept: string[] = [];
  const segments = path.trim().split("/");
  for (const segment of segments) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") kept.push(segment);
    else if (kept.pop() === undefined) {
      throw new StorageError(
        "PermissionDenied",
        `Cannot use path: it leaves the storage's root: current value is '${path}'`,
      );
    }
  }
  const directory = /^(|\.|\.\.)$/.test(segments.at(-1)!);
  return kept.length === 0 ? "" : kept.join("/") + (directory ? "/" : "");
}

/** A normalised path as lists show it: the root is `/`. */
export function shownPath(path: string): string {
  return path === "" ? "/" : path;
}

/** The directory that a normalised path is in, with its slash; empty for the root. */
export function parentOf(path: string): string {
  return path.slice(0, path.replace(/\/$/, "").lastIndexOf("/") + 1);
}

/** Whether a normalised path is spelled as a directory. */
export function isDirectoryPath(path: string): boolean {
  return path === "" || path.endsWith("/");
}

/** How a path is remembered among those that were made: as upstream does, without slashes at the ends. */
export function createdPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.replaceAll("\\", "/").split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!path.startsWith("/")) kept.push(segment);
  }
  return kept.join("/");
}

/** The errors that both kinds of storage with directories have in common. */
export function checkCopy(operation: string, source: string, target: string): void {
  for (const path of [source, target]) {
    if (!isDirectoryPath(path)) continue;
    throw new StorageError(
      "IsADirectory",
      `Cannot ${operation}: it is a directory: current value is '${shownPath(path)}'`,
    );
  }
  if (source === target) {
    throw new StorageError(
      "IsSameFile",
      `Cannot ${operation}: source and target are the same: current value is '${source}'`,
    );
  }
}

/**
 * @throws {StorageError} NotADirectory if the path of a directory does not end with a slash
 */
export function checkDirectoryPath(path: string): void {
  if (isDirectoryPath(path)) return;
  throw new StorageError(
    "NotADirectory",
    `Cannot create directory: the path trying to create should end with '/': current value is '${path}'`,
  );
}

/**
 * @throws {StorageError} IsADirectory if the path of a file is that of a directory
 */
export function checkFilePath(operation: string, path: string): void {
  if (!isDirectoryPath(path)) return;
  throw new StorageError(
    "IsADirectory",
    `Cannot ${operation}: it is a directory: current value is '${shownPath(path)}'`,
  );
}
