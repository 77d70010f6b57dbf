import { fileURLToPath } from "node:url";

/** Which build of our command line is measured. */
export type Build = "source" | "compiled";

/** Environment variable that names the compiled `jmp`. */
const COMPILED = "JMP_BENCH_COMPILED";

/** Where `deno task compile` puts it for the machine it runs on. */
const DEFAULT_COMPILED = "dist/jmp";

/** Programs run with what our own have in their shebang (README, "Speed"). */
const V8_FLAGS = "--v8-flags=--no-incremental-marking";

/**
 * The command that runs our `jmp`, or `j`.
 *
 * @throws {Error} if there is no compiled one: `JMP_BENCH_COMPILED` says where, `dist/jmp` unless set
 */
export function jmpCommand(build: Build, name: "jmp" | "j" = "jmp"): [string, ...string[]] {
  if (build === "source") {
    return [Deno.execPath(), "run", "-A", V8_FLAGS, inRepository(`cli/${name}.ts`)];
  }
  const path = Deno.env.get(COMPILED) ?? inRepository(DEFAULT_COMPILED);
  const program = name === "jmp" ? path : path.replace(/jmp$/, "j");
  if (exists(program)) return [program];
  throw new Error(
    `Cannot run the compiled ${name}: set ${COMPILED} or run deno task compile: none at '${program}'`,
  );
}

function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
