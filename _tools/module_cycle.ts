/**
 * Finds cycles among modules that import each other.
 *
 * @param edges What each module imports.
 * @returns One cycle for each knot, as a list of modules that ends where it began.
 */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (module: string): void => {
    const at = trail.indexOf(module);
    if (at >= 0) cycles.push([...trail.slice(at), module]);
    if (at >= 0 || done.has(module)) return;
    trail.push(module);
    for (const next of edges.get(module) ?? []) visit(next);
    trail.pop();
    done.add(module);
  };
  for (const module of edges.keys()) visit(module);
  return cycles;
}
