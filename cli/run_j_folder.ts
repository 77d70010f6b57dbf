import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder with an executable `j`, for the front of somebody's `PATH`. */
export interface JFolder extends AsyncDisposable {
  /** Where it is. */
  readonly path: string;
}

/**
 * Makes a folder that holds `j`, of the same version as this program: a link to it where it is compiled, else a script
 * that runs the source.
 */
export async function jFolder(): Promise<JFolder> {
  const path = await Deno.makeTempDir({ prefix: "jumpstarter-j-" });
  const dispose = () => Deno.remove(path, { recursive: true });
  try {
    const j = join(path, "j");
    if (Deno.build.standalone) await Deno.symlink(Deno.execPath(), j);
    else await Deno.writeTextFile(j, script(), { mode: 0o755 });
  } catch (error) {
    await dispose();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: dispose };
}

function script(): string {
  const url = new URL("./j.ts", import.meta.url);
  const program = url.protocol === "file:" ? fileURLToPath(url) : url.href;
  const words = [Deno.execPath(), "run", "--quiet", "--no-check", "-A", program];
  return `#!/bin/sh\nexec ${words.map(quote).join(" ")} "$@"\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
