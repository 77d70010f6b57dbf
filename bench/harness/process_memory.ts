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
