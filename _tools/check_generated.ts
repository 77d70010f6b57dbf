/** Holds the rule on generated code: it is what `deno task gen` makes of the `.proto` files. */
import { generate, TEMPLATES } from "./gen.ts";
import { reportProblems } from "./problems.ts";
import { readTree, ROOT } from "./repository.ts";

/**
 * Compares the committed code with fresh code.
 *
 * @param committed Texts by path.
 * @param fresh Texts by path.
 * @returns One line for each file that differs.
 */
export function staleFiles(
  committed: ReadonlyMap<string, string>,
  fresh: ReadonlyMap<string, string>,
): string[] {
  const problems: string[] = [];
  for (const path of new Set([...committed.keys(), ...fresh.keys()])) {
    if (committed.get(path) === fresh.get(path)) continue;
    const what = !fresh.has(path)
      ? "has no .proto file any more"
      : committed.has(path)
      ? "is not what its .proto file gives"
      : "is missing";
    problems.push(`${path}: ${what}: run deno task gen`);
  }
  return problems;
}

/** Reads the generated code under `root`. */
function readGenerated(root: string): Promise<Map<string, string>> {
  return readTree(root, (path) => TEMPLATES.some(({ out }) => path.startsWith(`${out}/`)));
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "jmp-gen-" });
  try {
    await generate(folder);
    reportProblems(staleFiles(await readGenerated(ROOT), await readGenerated(folder)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
