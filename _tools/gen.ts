/** Writes the TypeScript of all `.proto` files: `proto/gen` and `testing/proto/gen`. */
import { runBuf } from "./buf.ts";
import { interfaceFiles } from "./gen_interfaces.ts";

/** buf's recipes, one for each folder of generated code. */
export const TEMPLATES: readonly { template: string; out: string }[] = [
  { template: "buf.gen.yaml", out: "proto/gen" },
  { template: "testing/proto/buf.gen.yaml", out: "testing/proto/gen" },
];

/**
 * Generates everything under `root`, which may be another folder than the checkout.
 *
 * @throws {Error} with buf's output when a `.proto` file is wrong.
 */
export async function generate(root: string): Promise<void> {
  for (const { template } of TEMPLATES) {
    const { code, output } = await runBuf(["generate", "--template", template, "--output", root]);
    if (code !== 0) throw new Error(`Cannot generate code: buf says:\n${output}`);
  }
  for (const [name, text] of await interfaceFiles()) {
    await Deno.writeTextFile(`${root}/proto/gen/${name}`, text);
  }
  await importFromPackage(`${root}/testing/proto/gen/jumpstarter/test/v1`);
}

/** Files of `proto/` that those of other packages import, and what the package exports them as. */
const EXPORTED: readonly (readonly [path: string, specifier: string])[] = [
  ["../../annotations/annotations_pb.ts", "@jumpstarter/proto/annotations"],
  ["../../driver/v1/stream_pb.ts", "@jumpstarter/proto/driver/v1"],
];

/** protoc-gen-es takes it that all files are generated side by side: what another package has is imported from there. */
async function importFromPackage(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    let text = await Deno.readTextFile(`${folder}/${name}`);
    for (const [path, specifier] of EXPORTED) text = text.replaceAll(`"${path}"`, `"${specifier}"`);
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

if (import.meta.main) await generate(".");
