import type { Logger } from "@jumpstarter/core/driver";
import { createdPath } from "./path.ts";

/** What has been made on a storage since the session began. What was there before and is written again counts too. */
export class CreatedPaths {
  readonly #paths = new Set<string>();

  /** Remembers a path. */
  add(path: string): void {
    const created = createdPath(path);
    if (created !== "") this.#paths.add(created);
  }

  /** Forgets a path, and nothing below it. */
  delete(path: string): void {
    this.#paths.delete(createdPath(path));
  }

  /** All of them. */
  list(): string[] {
    return [...this.#paths];
  }

  /**
   * Removes all of them below `root`, what is deepest first; a directory with all that is in it. What leaves the root
   * is left alone, and what cannot be removed is logged.
   */
  async removeBelow(root: string, log: Logger): Promise<void> {
    for (const path of this.list().sort().reverse()) {
      // createdPath leaves `..` only at the beginning.
      if (path === ".." || path.startsWith("../")) continue;
      try {
        await Deno.remove(`${root}/${path}`, { recursive: true });
        log.debug(`removed ${path}`);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) continue;
        log.warn(`Cannot remove ${path}: ${(error as Error).message}`);
      }
    }
    this.#paths.clear();
  }
}
