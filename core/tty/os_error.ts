import { constants } from "node:os";
import { errno } from "./libc.ts";

/** Error numbers that callers tell apart, as Linux has them on all processors. */
export const Errno = {
  /** Interrupted by a signal. */
  EINTR: 4,
  /** Input or output error: the other end, or the device, is gone. */
  EIO: 5,
  /** Would block. */
  EAGAIN: 11,
  /** Somebody else has it. */
  EBUSY: 16,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EAGAIN: "resource temporarily unavailable",
  EBUSY: "device or resource busy",
  EINVAL: "invalid argument",
  EIO: "input/output error",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTTY: "not a terminal, or it cannot do that",
  ENXIO: "no such device or address",
  EPERM: "operation not permitted",
};

/** The classes that Deno's own calls throw for the same numbers. */
const CLASSES: Readonly<Record<string, new (message: string) => Error>> = {
  EACCES: Deno.errors.PermissionDenied,
  EBUSY: Deno.errors.Busy,
  EIO: Deno.errors.BrokenPipe,
  ENODEV: Deno.errors.NotFound,
  ENOENT: Deno.errors.NotFound,
  ENXIO: Deno.errors.NotFound,
  EPERM: Deno.errors.PermissionDenied,
};

/**
 * The error of a call of the C library that just failed, with `code` set to its name, `ENOENT` for one.
 *
 * @param action what could not be done: `open '/dev/ttyUSB0'`
 * @param number the error number; that of the last call unless told
 */
export function osError(action: string, number: number = errno()): Error & { code: string } {
  const code = NAMES.get(number) ?? `errno ${number}`;
  const meaning = MEANINGS[code];
  const text = `Cannot ${action}: ${meaning === undefined ? code : `${meaning} (${code})`}`;
  return Object.assign(new (CLASSES[code] ?? Error)(text), { code });
}
