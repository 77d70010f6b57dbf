import v8 from "node:v8";
import vm from "node:vm";

const collect = findCollector();

/** Memory of the JavaScript heap and of its buffers, in octets, after a garbage collection where the runtime allows one. */
export function memoryInUse(): number {
  collect?.();
  return memoryAndGarbage();
}

/**
 * How much memory grew since it was `before`; 0 where garbage cannot be told from what is in use. Garbage is only
 * collected, which takes time, if the growth seems to be over `bound`.
 */
export function growthSince(before: number, bound: number): number {
  if (!memoryIsExact) return 0;
  const growth = memoryAndGarbage() - before;
  return growth <= bound ? growth : memoryInUse() - before;
}

function memoryAndGarbage(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** Whether {@linkcode memoryInUse} is exact: only then can small leaks be told. */
export const memoryIsExact: boolean = collect !== undefined;

function findCollector(): (() => void) | undefined {
  try {
    v8.setFlagsFromString("--expose-gc");
    return vm.runInNewContext("gc");
  } catch {
    return undefined; // Deno 2.6
  }
}
