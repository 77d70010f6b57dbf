import type { ChildProcess } from "../harness/child_process.ts";
import type { Figures } from "../harness/measurement.ts";
import { residentMebibytes } from "../harness/process_memory.ts";

/**
 * Memory of a child in MiB: `resident`, and where it `collects` its garbage first
 * (our own programs do), `heap`: what is left.
 */
export async function memoryOf(child: ChildProcess, collects: boolean): Promise<Figures> {
  const heap = collects ? await child.request("memory") : {};
  return { ...heap, resident: await residentMebibytes(child.pid) };
}
