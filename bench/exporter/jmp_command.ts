import { fileURLToPath } from "node:url";

/** Which build of our command line is measured. */
export type Build = "source" | "compiled";

/** Environment variable that names the compiled `jmp`. */
const COMPILED = "JMP_BENCH_COMPILED";

/** Where `deno task compile` puts it for the machine it runs on. */
const DEFAULT_COMPILED = `dist/jmp-${Deno.build.target}`;

/**
 * What programs that serve or carry much run with (README, "Speed"), and what compiled ones have built in. From source it
 * keeps Deno from using its cache of compiled code, some 70 ms at each start: short commands run without.
 */
export const V8_FLAGS = "--v8-flags=--no-incremental-marking,--max-semi-space-size=1";

/**
 * The command that runs our `jmp`, or `j`.
 *
 * @throws {Error} if there is no compiled one: `JMP_BENCH_COMPILED` says where, `deno task compile`'s for this machine unless set
 */
export function jmpCommand(
  build: Build,
  name: "jmp" | "j" = "jmp",
  flags: readonly string[] = [],
): [string, ...string[]] {
  if (build === "source") {
    return [Deno.execPath(), "run", "-A", ...flags, inRepository(`cli/${name}.ts`)];
  }
  const program = Deno.env.get(COMPILED) ?? inRepository(DEFAULT_COMPILED);
  if (exists(program)) return [name === "jmp" ? program : linkCalledJ(Deno.realPathSync(program))];
  throw new Error(
    `Cannot run the compiled ${name}: set ${COMPILED} or run deno task compile: none at '${program}'`,
  );
}

let links: string | undefined;

/** The compiled program is `j` when it is called by that name; removed when this process ends. */
function linkCalledJ(program: string): string {
  if (links === undefined) {
    const folder = links = Deno.makeTempDirSync({ prefix: "jmp-bench-" });
    Deno.symlinkSync(program, `${folder}/j`);
    globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  }
  return `${links}/j`;
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
