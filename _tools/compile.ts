/**
 * Makes programs that need no Deno: `dist/jmp-<target>`, each `jmp`, and `j` where it is called by that name.
 *
 * `deno task compile` makes one for this machine, `--all` one for each target, `--target T` those named. `--denort DIR`
 * names a folder with a `deno` and the `denort` that belongs to it, where the latter cannot be fetched.
 */
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { readTree, ROOT } from "./repository.ts";

/** What Deno can compile for. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/** The packages that go into the program. */
const PACKAGES = ["proto", "core", "drivers", "cli"];

const MAIN = "cli/jmp.ts";

/**
 * Packages that find files of their own, or choose between native and other code, when they run: they go into the program
 * as they are.
 */
const NOT_BUNDLED: readonly string[] = ["node-liblzma", "ssh2", "ws", "@novnc/novnc"];

/** README, "Speed"; a small young generation costs no time and halves what a busy exporter grows by. */
const V8_FLAGS = "--no-incremental-marking,--max-semi-space-size=1";

/**
 * The `imports` that the program's modules name. The others, which are for tests and tools, would all be put into it.
 *
 * @param imports of the workspace
 * @param sources texts of the modules
 */
export function neededImports(
  imports: Readonly<Record<string, string>>,
  sources: Iterable<string>,
): Record<string, string> {
  const named = new Set<string>();
  for (const source of sources) {
    for (const name of Object.keys(imports)) {
      if (!named.has(name) && (source.includes(`"${name}"`) || source.includes(`"${name}/`))) {
        named.add(name);
      }
    }
  }
  return Object.fromEntries(Object.entries(imports).filter(([name]) => named.has(name)));
}

/** Copies what the program is made of into a folder of its own, as a workspace with nothing else in it. */
async function copyProgram(folder: string): Promise<void> {
  const isSource = (path: string): boolean =>
    PACKAGES.includes(path.split("/")[0]) && /\.(ts|js|json|html|css)$/.test(path) &&
    !/_test\.ts$|\/testing\//.test(path);
  const files = await readTree(ROOT, isSource);
  for (const [path, text] of files) {
    await Deno.mkdir(`${folder}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
  const config = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const { compilerOptions } = config;
  const imports = neededImports(config.imports, files.values());
  const workspace = PACKAGES.map((name) => `./${name}`);
  const text = JSON.stringify({ workspace, compilerOptions, imports }, undefined, 2);
  await Deno.writeTextFile(`${folder}/deno.json`, text);
  await Deno.copyFile(`${ROOT}/deno.lock`, `${folder}/deno.lock`);
}

/** Where {@linkcode bundle} puts the program's first module. */
const BUNDLED = "bundle/jmp.js";

/** Joins the hundreds of modules into few, each loaded when it is needed: a third of the time to start is their number. */
async function bundle(folder: string): Promise<void> {
  const external = NOT_BUNDLED.flatMap((name) => ["--external", name]);
  const args = ["bundle", "-q", "--platform", "deno", "--code-splitting", ...external];
  const { code, output } = await runCommand(
    Deno.execPath(),
    [...args, "--outdir", "bundle", MAIN],
    { cwd: folder },
  );
  if (code !== 0) throw new Error(`Cannot compile: deno bundle says:\n${output}`);
}

/**
 * Compiles the program.
 *
 * @param output path of the program
 * @param target one of {@linkcode TARGETS}; this machine unless told
 * @param denort folder with `deno` and `denort`
 * @throws {Error} with what the compiler says
 */
export async function compile(output: string, target?: string, denort?: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "jmp-compile-" });
  try {
    await copyProgram(folder);
    await bundle(folder);
    const args = ["compile", "-q", "-A", "--no-check", `--v8-flags=${V8_FLAGS}`];
    if (target !== undefined) args.push("--target", target);
    const deno = denort === undefined ? Deno.execPath() : `${denort}/deno`;
    const env: Record<string, string> = denort === undefined
      ? {}
      : { DENORT_BIN: `${denort}/denort` };
    const result = await runCommand(deno, [...args, "-o", output, BUNDLED], {
      cwd: folder,
      env,
    });
    if (result.code !== 0) throw new Error(`Cannot compile: deno says:\n${result.output}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The folder that a script beside the checkout makes, on machines that cannot fetch the runtime. */
export async function findDenort(): Promise<string | undefined> {
  const script = `${ROOT}/../shared/tools/denort`;
  try {
    await Deno.stat(script);
  } catch {
    return undefined;
  }
  const { code, stdout } = await runCommand(script, []);
  return code === 0 ? stdout.trim() : undefined;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      all: { type: "boolean" },
      denort: { type: "string" },
      out: { type: "string", default: `${ROOT}/dist` },
      target: { type: "string", multiple: true },
    },
  });
  const host = Deno.build.target;
  const targets = values.all ? TARGETS : values.target ?? [host];
  await Deno.mkdir(values.out, { recursive: true });
  for (const target of targets) {
    const suffix = target.includes("windows") ? ".exe" : "";
    const output = `${values.out}/jmp-${target}${suffix}`;
    const denort = target === host ? values.denort ?? await findDenort() : undefined;
    await compile(output, target === host ? undefined : target, denort);
    const { size } = await Deno.stat(output);
    console.log(`${output} ${(size / 2 ** 20).toFixed(0)} MiB`);
  }
}
