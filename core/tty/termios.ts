import { libc } from "./libc.ts";
import { osError } from "./os_error.ts";

/** Numbers and layout of Linux' `struct termios2`, the same on x86-64 and arm64. */
export const Termios2 = {
  /** Reads the settings. */
  TCGETS2: 0x802c542an,
  /** Sets them at once. */
  TCSETS2: 0x402c542bn,
  /** Sets them once what was written has been sent. */
  TCSETSW2: 0x402c542cn,
  /** Size in bytes. */
  BYTES: 44,
  /** Offset of the input flags, u32. */
  IFLAG: 0,
  /** Offset of the output flags, u32. */
  OFLAG: 4,
  /** Offset of the control flags, u32. */
  CFLAG: 8,
  /** Offset of the local flags, u32. */
  LFLAG: 12,
  /** Offset of the control characters, 19 bytes. */
  CC: 17,
  /** Offset of the input speed in baud, u32. */
  ISPEED: 36,
  /** Offset of the output speed in baud, u32. */
  OSPEED: 40,
} as const;

const TIOCSWINSZ = 0x5414n;

/** Character size mask and 8 bits; parity; in `c_cflag`. */
const CS8 = 0x30;
const PARENB = 0x100;
/** Index of VMIN, then VTIME... in `c_cc`. */
const VTIME = 5;
const VMIN = 6;

/** The settings of a tty, as {@linkcode Termios2} lays them out. */
export function readTermios(fd: number): DataView<ArrayBuffer> {
  const bytes = new Uint8Array(Termios2.BYTES);
  if (libc().ioctl(fd, Termios2.TCGETS2, bytes) < 0) throw osError("read terminal settings");
  return new DataView(bytes.buffer);
}

/** Sets a tty. Read it back for what it really took: drivers round baud rates. */
export function writeTermios(fd: number, settings: DataView<ArrayBuffer>): void {
  const bytes = new Uint8Array(settings.buffer);
  if (libc().ioctl(fd, Termios2.TCSETS2, bytes) < 0) throw osError("change terminal settings");
}

/** Has a tty pass all bytes as they are, 8 bits, with neither echo nor signals, as `cfmakeraw` does; speeds stay. */
export function makeRaw(fd: number): void {
  const settings = readTermios(fd);
  settings.setUint32(Termios2.IFLAG, 0, true);
  settings.setUint32(Termios2.OFLAG, 0, true);
  settings.setUint32(Termios2.LFLAG, 0, true);
  const control = settings.getUint32(Termios2.CFLAG, true);
  settings.setUint32(Termios2.CFLAG, (control & ~PARENB) | CS8, true);
  settings.setUint8(Termios2.CC + VTIME, 0);
  settings.setUint8(Termios2.CC + VMIN, 1);
  writeTermios(fd, settings);
}

/** Tells the programs on a tty how large its window is, in characters, 1 to 65,535 each. */
export function setWindowSize(fd: number, columns: number, rows: number): void {
  const size = new Uint16Array([rows, columns, 0, 0]);
  if (libc().ioctl(fd, TIOCSWINSZ, new Uint8Array(size.buffer)) < 0) {
    throw osError("set window size");
  }
}
