/** One import of a module. */
export interface ImportLine {
  /** What is imported, as it is written. */
  readonly specifier: string;
  /** Only types: gone when the program runs. */
  readonly typeOnly: boolean;
}

/** `import … from "x"`, `export … from "x"` and `import "x"`, each at the start of a line. */
const STATIC =
  /^(?:import|export)\s+(type\s+)?(?:[\w$*\s{},]*?\sfrom\s+|[\w$*\s{},]*?\}\s*from\s+)?["']([^"'\n]+)["']/gm;
/** `{ type A, type B }`, and nothing else. */
const NAMES_TYPES = /^\w+\s*\{(?:\s*type\s+[\w$\s]+,?)+\s*\}/;
/** `import("x")` as a value or as a type. */
const DYNAMIC = /\bimport\(\s*["']([^"'\n]+)["']/g;

/**
 * Finds the imports of a module: by the look of its lines, which is enough for formatted code.
 *
 * Lines inside comments that start with ` * ` are not at the start of a line and so are left out.
 */
export function importLines(source: string): ImportLine[] {
  const found: ImportLine[] = [];
  for (const [line, type, specifier] of source.matchAll(STATIC)) {
    const typeOnly = type !== undefined || NAMES_TYPES.test(line);
    found.push({ specifier, typeOnly });
  }
  const code = source.replace(/^\s*(\/\/|\*).*$/gm, "");
  for (const [, specifier] of code.matchAll(DYNAMIC)) found.push({ specifier, typeOnly: false });
  return found;
}
