import { cString, libc } from "./libc.ts";
import { osError } from "./os_error.ts";
import { makeRaw, setWindowSize } from "./termios.ts";
import { TtyStream } from "./tty_stream.ts";

/** `open` flags of Linux: read and write, no controlling tty, non-blocking, not for child processes. */
export const OPEN_TTY_FLAGS = 0x2 | 0x100 | 0x800 | 0x80000;

/** Longest name that is asked for, in bytes. */
const NAME_BYTES = 128;

/** Settings of {@linkcode openPty}. */
export interface OpenPtyOptions {
  /** Whether bytes pass unchanged, without echo; otherwise the terminal edits lines as terminals do. Default `false`. */
  raw?: boolean;
  /** The window's width and height in characters. Default 80 by 24. */
  size?: { readonly columns: number; readonly rows: number };
  /**
   * Whether it stays usable while nobody has its device open, as a serial port does. Otherwise {@linkcode TtyStream.readable}
   * ends when the last program closes it. Default `false`.
   */
  keepOpen?: boolean;
  /** Bytes read ahead, see {@linkcode TtyStream}. */
  readAhead?: number;
}

/** A pseudo-terminal: this end is ours, the device `path` is the programs'. */
export class Pty extends TtyStream {
  /** The device for the other side: `/dev/pts/3`. */
  readonly path: string;
  /** Lets go of the device held by `keepOpen`: from now on the reading side ends when the last program closes it. */
  readonly release: () => void;

  /** Not called directly, see {@linkcode openPty}. */
  constructor(fd: number, path: string, release: () => void, readAhead?: number) {
    super(fd, { name: `pty '${path}'`, readAhead, onClose: release });
    this.path = path;
    this.release = release;
  }

  /** Tells the programs the window's size; they get SIGWINCH. */
  resize(columns: number, rows: number): void {
    setWindowSize(this.fd, columns, rows);
  }
}

/**
 * Opens a new pseudo-terminal.
 *
 * @throws {Error} with `code`, when the system has none left
 * @throws {Deno.errors.NotSupported} on systems other than Linux
 */
export function openPty(options: OpenPtyOptions = {}): Pty {
  const c = libc();
  const fd = c.posix_openpt(OPEN_TTY_FLAGS);
  if (fd < 0) throw osError("open pseudo-terminal");
  let kept = -1;
  const release = (): void => {
    if (kept >= 0) c.close(kept);
    kept = -1;
  };
  try {
    if (c.grantpt(fd) < 0 || c.unlockpt(fd) < 0) throw osError("open pseudo-terminal");
    const path = nameOf(fd);
    const { columns, rows } = options.size ?? { columns: 80, rows: 24 };
    setWindowSize(fd, columns, rows);
    if (options.raw) makeRaw(fd);
    if (options.keepOpen) kept = openTty(path);
    return new Pty(fd, path, release, options.readAhead);
  } catch (error) {
    release();
    c.close(fd);
    throw error;
  }
}

/**
 * Opens a tty for {@linkcode TtyStream}: read and write, non-blocking, not as controlling terminal. Settings stay as they are.
 *
 * Blocks while the port is still closing for somebody else; where that matters, use `openInPool` of {@linkcode libc}.
 *
 * @throws {Deno.errors.NotFound | Deno.errors.PermissionDenied | Error} with `code`
 */
export function openTty(path: string): number {
  const fd = libc().open(cString(path), OPEN_TTY_FLAGS);
  if (fd < 0) throw osError(`open '${path}'`);
  return fd;
}

function nameOf(fd: number): string {
  const bytes = new Uint8Array(NAME_BYTES);
  const number = libc().ptsname_r(fd, bytes, BigInt(bytes.length));
  if (number !== 0) throw osError("open pseudo-terminal", number);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}
