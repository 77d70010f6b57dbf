/** Writes the TypeScript of all `.proto` files: `proto/gen` and `testing/proto/gen`. */
import { runBuf } from "./buf.ts";

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
}

if (import.meta.main) await generate(".");
