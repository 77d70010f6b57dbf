/** Resident memory of a process in MiB, as the system counts it. */
export async function residentMebibytes(pid: number): Promise<number> {
  return await residentKibibytes(pid) / 1024;
}

async function residentKibibytes(pid: number): Promise<number> {
  if (Deno.build.os === "linux") {
    return parseStatusRss(await Deno.readTextFile(`/proc/${pid}/status`));
  }
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", `${pid}`] })
    .output();
  return Number(new TextDecoder().decode(stdout).trim());
}

/** The `VmRSS` of a `/proc/PID/status` text in KiB (proc_pid_status(5)). Throws if there is none. */
export function parseStatusRss(status: string): number {
  const found = /^VmRSS:\s*(\d+) kB$/m.exec(status);
  if (found === null) {
    throw new Error("Cannot read the memory of a process: there is no VmRSS line");
  }
  return Number(found[1]);
}

/** The most that was ever resident of a process, in MiB: the `VmHWM` of Linux' proc_pid_status(5). */
export async function peakMebibytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const found = /^VmHWM:\s*(\d+) kB$/m.exec(status);
  if (found === null) {
    throw new Error("Cannot read the memory of a process: there is no VmHWM line");
  }
  return Number(found[1]) / 1024;
}

/**
 * Memory of a process and all its descendants in MiB, what they share counted once: the sum of `Pss` of Linux'
 * smaps_rollup (proc_pid_smaps(5)).
 */
export async function treeMebibytes(pid: number): Promise<number> {
  const rollup = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  let total = Number(/^Pss:\s*(\d+) kB$/m.exec(rollup)?.[1] ?? 0) / 1024;
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const children = await Deno.readTextFile(`/proc/${pid}/task/${name}/children`);
    for (const child of children.split(" ").filter(Boolean)) {
      total += await treeMebibytes(Number(child));
    }
  }
  return total;
}
