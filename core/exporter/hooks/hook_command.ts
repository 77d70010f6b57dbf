import { extname } from "node:path";
import type { HookConfig } from "../../config/mod.ts";

/** A program with its arguments. */
export interface HookCommand {
  /** The interpreter, looked for on `PATH`. */
  readonly interpreter: string;
  /** The script's file, or `-c` and its text. */
  readonly args: readonly string[];
}

const SHELL = "/bin/sh";

/** Interpreters by the script file's extension; {@linkcode SHELL} for all others. */
const INTERPRETERS: Readonly<Record<string, string>> = { ".py": "python3" };

/**
 * How a hook is run: a script of one line that names a file is that file, everything else is text for the interpreter
 * (core-spec §7.7).
 *
 * @returns undefined if there is nothing to run
 */
export async function hookCommand(
  hook: Pick<HookConfig, "exec" | "script">,
): Promise<HookCommand | undefined> {
  const script = hook.script.trim();
  if (script === "") return undefined;
  if (await isFile(script)) {
    const interpreter = hook.exec ?? INTERPRETERS[extname(script).toLowerCase()] ?? SHELL;
    return { interpreter, args: [script] };
  }
  return { interpreter: hook.exec ?? SHELL, args: ["-c", hook.script] };
}

async function isFile(path: string): Promise<boolean> {
  if (path.includes("\n")) return false;
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    // Most scripts are no paths at all; some are too long to be one.
    return false;
  }
}
