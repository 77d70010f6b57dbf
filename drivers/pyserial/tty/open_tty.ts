import { cString, Errno, libc, OPEN_TTY_FLAGS, openTty, osError } from "@jumpstarter/core/tty";
import { errno } from "@jumpstarter/core/tty";

const TIOCEXCL = 0x540cn;
const LOCK_EX_NB = 2 | 4;

/**
 * Opens a tty, and where wanted locks it against all others: those that lock as well (flock), and those without privileges
 * (TIOCEXCL).
 *
 * @throws {Deno.errors.Busy} if somebody else has it; {@linkcode Deno.errors.NotFound} if it is not there; what else the
 * system says
 */
export async function openLocked(path: string, exclusive: boolean): Promise<number> {
  const c = libc();
  // Of a port that is still closing the opening waits: not here.
  const name = cString(path) as Uint8Array<ArrayBuffer>;
  let fd = await c.openInPool(name, OPEN_TTY_FLAGS);
  // The pool has lost why; what fails at once fails at once again, and says it.
  if (fd < 0) fd = openSaying(path);
  if (!exclusive) return fd;
  if (c.flock(fd, LOCK_EX_NB) < 0) {
    const number = errno();
    c.close(fd);
    if (number === Errno.EAGAIN) throw inUse(path);
    throw osError(`lock serial port '${path}'`, number);
  }
  c.ioctlValue(fd, TIOCEXCL, 0n);
  return fd;
}

function openSaying(path: string): number {
  try {
    return openTty(path);
  } catch (error) {
    if ((error as { code?: string }).code === "EBUSY") throw inUse(path);
    if (error instanceof Error) {
      error.message = error.message.replace(/^Cannot open /, "Cannot open serial port ");
    }
    throw error;
  }
}

function inUse(path: string): Error {
  return new Deno.errors.Busy(
    `Cannot open serial port '${path}': another program has it in use; end that, or set 'exclusive: false'`,
  );
}
