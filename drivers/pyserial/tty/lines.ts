import { Code, ConnectError } from "@connectrpc/connect";
import { errno, libc, osError } from "@jumpstarter/core/tty";
import type { LineErrors, PortLines } from "../port.ts";

const TIOCMGET = 0x5415n;
const TIOCMBIS = 0x5416n;
const TIOCMBIC = 0x5417n;
const TIOCSBRK = 0x5427n;
const TIOCCBRK = 0x5428n;
const TIOCGICOUNT = 0x545dn;

/** Bits of the modem lines. */
const TIOCM = { DTR: 0x2, RTS: 0x4, CTS: 0x20, CD: 0x40, RI: 0x80, DSR: 0x100 } as const;

/** Bytes of `struct serial_icounter_struct`: 20 `int`s. */
const COUNTER_BYTES = 80;
/** Their places: after cts, dsr, rng, dcd, rx and tx. */
const COUNTER = { FRAME: 6, OVERRUN: 7, PARITY: 8, BREAK: 9, BUFFER_OVERRUN: 10 } as const;

/** How drivers say that their hardware does not do it: EINVAL, ENOTTY, EOPNOTSUPP. */
const NOT_DONE: readonly number[] = [22, 25, 95];

/** The error of an `ioctl` on a line that just failed. */
function lineError(action: string): Error {
  const number = errno();
  if (!NOT_DONE.includes(number)) return osError(action, number);
  return new ConnectError(
    `Cannot ${action}: this port's hardware or driver does not do that`,
    Code.Unimplemented,
  );
}

/** Raises or drops DTR or RTS. */
export function setModemLine(fd: number, name: "DTR" | "RTS", raised: boolean): void {
  const bits = new Uint8Array(new Uint32Array([TIOCM[name]]).buffer);
  if (libc().ioctl(fd, raised ? TIOCMBIS : TIOCMBIC, bits) < 0) throw lineError(`set ${name}`);
}

/** Reads the modem lines. */
export function readModemLines(fd: number): PortLines {
  const bits = new Uint32Array(1);
  if (libc().ioctl(fd, TIOCMGET, new Uint8Array(bits.buffer)) < 0) {
    throw lineError("read modem lines");
  }
  const has = (bit: number): boolean => (bits[0] & bit) !== 0;
  return {
    dtr: has(TIOCM.DTR),
    rts: has(TIOCM.RTS),
    cts: has(TIOCM.CTS),
    dsr: has(TIOCM.DSR),
    ri: has(TIOCM.RI),
    cd: has(TIOCM.CD),
  };
}

/** Begins or ends a break. */
export function setBreak(fd: number, on: boolean): void {
  if (libc().ioctlValue(fd, on ? TIOCSBRK : TIOCCBRK, 0n) < 0) throw lineError("set a break");
}

/** What the driver has counted since it was loaded; `undefined` if it counts nothing. */
export function readCounters(fd: number): LineErrors | undefined {
  const counters = new Uint32Array(COUNTER_BYTES / 4);
  if (libc().ioctl(fd, TIOCGICOUNT, new Uint8Array(counters.buffer)) < 0) return undefined;
  return {
    framingErrors: counters[COUNTER.FRAME],
    overruns: counters[COUNTER.OVERRUN],
    parityErrors: counters[COUNTER.PARITY],
    breaks: counters[COUNTER.BREAK],
    bufferOverruns: counters[COUNTER.BUFFER_OVERRUN],
  };
}
