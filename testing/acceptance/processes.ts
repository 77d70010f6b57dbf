/** Processes of this machine, as `/proc` shows them. */

function* pids(): Generator<number> {
  for (const { name } of Deno.readDirSync("/proc")) if (/^\d+$/.test(name)) yield Number(name);
}

/** Text of a process's file in `/proc`; empty if the process is gone, or somebody else's. */
function procFile(pid: number, name: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${name}`);
  } catch {
    return "";
  }
}

/** All that a process has started, and what these have started. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const each of pids()) {
    const parent = Number(/^PPid:\s+(\d+)/m.exec(procFile(each, "status"))?.[1]);
    children.set(parent, [...children.get(parent) ?? [], each]);
  }
  const found: number[] = [];
  for (let open = [pid]; open.length > 0;) {
    open = open.flatMap((each) => children.get(each) ?? []);
    found.push(...open);
  }
  return found;
}

/** Whether a process is there and has not ended. */
export function isRunning(pid: number): boolean {
  const state = /^State:\s+(\w)/m.exec(procFile(pid, "status"))?.[1];
  return state !== undefined && state !== "Z" && state !== "X";
}

/** Running processes with a variable in their environment: `NAME=value`; their ids and command lines. */
export function processesWith(variable: string): string[] {
  const found: string[] = [];
  for (const pid of pids()) {
    if (!procFile(pid, "environ").split("\0").includes(variable) || !isRunning(pid)) continue;
    found.push(`${pid} ${procFile(pid, "cmdline").replaceAll("\0", " ")}`);
  }
  return found;
}

/** How many sockets a process has open. */
export function openSockets(pid: number): number {
  let count = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    try {
      if (Deno.readLinkSync(`/proc/${pid}/fd/${name}`).startsWith("socket:")) count++;
    } catch {
      // It was closed in between.
    }
  }
  return count;
}
