import type { Figures } from "../harness/measurement.ts";

declare global {
  /** There with `--v8-flags=--expose-gc`. */
  var gc: (() => void) | undefined;
}

/** Collects garbage; what is left of V8's heap and of the buffers outside it, in MiB. */
export async function memoryOperation(): Promise<Figures> {
  if (globalThis.gc === undefined) throw new Error("Cannot collect: --expose-gc is missing");
  globalThis.gc();
  // Once more after finalizers and callbacks that the first collection set off.
  await new Promise((resolve) => setTimeout(resolve));
  globalThis.gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return { heap: (heapUsed + external) / 2 ** 20 };
}
