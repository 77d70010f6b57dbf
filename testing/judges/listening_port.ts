/** State of a listening socket in /proc/net/tcp. */
const LISTEN = "0A";

/**
 * The port that a process listens on, for servers that take port 0 and do not say what they got. Linux only.
 *
 * @param pid Process id.
 * @returns The port, or `undefined` while it listens on none.
 */
export function listeningPort(pid: number): number | undefined {
  const inodes = new Set<string>();
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`/proc/${pid}/fd/${name}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // Closed since the folder was read.
    }
  }
  for (const line of Deno.readTextFileSync(`/proc/${pid}/net/tcp`).split("\n").slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state === LISTEN && inodes.has(inode)) return parseInt(local.split(":")[1], 16);
  }
  return undefined;
}
