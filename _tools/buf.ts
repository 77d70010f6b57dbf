/** Runs `buf` from npm, with the versions that the root `deno.json` pins; by itself it passes its arguments on. */
import "./deno_version.ts";
import { type CommandResult, runDeno } from "./command.ts";
import { ROOT } from "./repository.ts";

/** The `npm:` specifier of a pinned package. */
async function pinned(name: string): Promise<string> {
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`)) as {
    imports: Record<string, string>;
  };
  return imports[name];
}

/**
 * Makes a program `protoc-gen-es` in a folder, for buf to find on its PATH.
 *
 * @param folder Where to put it.
 */
async function installPlugin(folder: string): Promise<void> {
  const command = `"${Deno.execPath()}" run -A -q --config "${ROOT}/deno.json"`;
  const script = `#!/bin/sh\nexec ${command} ${await pinned("@bufbuild/protoc-gen-es")} "$@"\n`;
  await Deno.writeTextFile(`${folder}/protoc-gen-es`, script, { mode: 0o755 });
}

/** Runs buf in the checkout, with `protoc-gen-es` within reach. */
export async function runBuf(args: readonly string[]): Promise<CommandResult> {
  const folder = await Deno.makeTempDir({ prefix: "jmp-buf-" });
  try {
    await installPlugin(folder);
    const env = { PATH: `${folder}:${Deno.env.get("PATH") ?? ""}` };
    const buf = await pinned("@bufbuild/buf");
    return await runDeno(["run", "-A", "-q", buf, ...args], { cwd: ROOT, env });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { code, output } = await runBuf(Deno.args);
  if (output !== "") console.log(output.trimEnd());
  Deno.exitCode = code;
}
