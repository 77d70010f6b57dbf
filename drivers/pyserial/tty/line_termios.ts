import { readTermios, Termios2, writeTermios } from "@jumpstarter/core/tty";
import type { LineSettings, Parity } from "../line_settings.ts";

/** Bits of `c_iflag` and `c_cflag` in Linux' asm-generic/termbits.h. */
const IXON = 0x400;
const IXOFF = 0x1000;
const CBAUD = 0x100f;
const BOTHER = 0x1000;
const CIBAUD = CBAUD << 16;
const CSIZE = 0x30;
const CSTOPB = 0x40;
const CREAD = 0x80;
const PARENB = 0x100;
const PARODD = 0x200;
const HUPCL = 0x400;
const CLOCAL = 0x800;
const CMSPAR = 0x40000000;
const CRTSCTS = 0x80000000;
/** What a line's settings decide. */
const LINE_BITS = CSIZE | CSTOPB | PARENB | PARODD | CMSPAR | CRTSCTS;

/** Indices in `c_cc`. */
const VTIME = 5;
const VMIN = 6;
const VSTART = 8;
const VSTOP = 9;
const XON = 0x11;
const XOFF = 0x13;

/** A receiver that is off by more garbles: half a bit in ten. */
const BAUD_TOLERANCE = 0.04;

const PARITY_BITS: Readonly<Record<Parity, number>> = {
  none: 0,
  even: PARENB,
  odd: PARENB | PARODD,
  mark: PARENB | PARODD | CMSPAR,
  space: PARENB | CMSPAR,
};

/** How a tty is set up besides its line. */
export interface TtySettings {
  /** How the line is driven. */
  readonly line: LineSettings;
  /** Whether closing leaves DTR and RTS as they are. */
  readonly disableHupcl: boolean;
}

/** Control flags, as an unsigned number. */
function controlFlags(before: number, { line, disableHupcl }: TtySettings): number {
  let flags = before & ~(LINE_BITS | CBAUD | CIBAUD);
  flags |= BOTHER | BOTHER << 16 | CREAD | CLOCAL;
  flags |= (line.byteSize - 5) << 4 | PARITY_BITS[line.parity];
  if (line.stopBits !== 1) flags |= CSTOPB;
  if (line.rtscts) flags |= CRTSCTS;
  if (disableHupcl) flags &= ~HUPCL;
  return flags >>> 0;
}

/**
 * Sets a tty up as a serial line: all bytes as they are, no echo, no signals.
 *
 * @returns what the driver did not take, for the log; a pty has neither parity nor sizes
 * @throws {RangeError} if the hardware cannot make the baud rate; what the system says
 */
export function setLine(fd: number, settings: TtySettings): string[] {
  const { line } = settings;
  const termios = readTermios(fd);
  const control = controlFlags(termios.getUint32(Termios2.CFLAG, true), settings);
  termios.setUint32(Termios2.IFLAG, line.xonxoff ? IXON | IXOFF : 0, true);
  termios.setUint32(Termios2.OFLAG, 0, true);
  termios.setUint32(Termios2.CFLAG, control, true);
  termios.setUint32(Termios2.LFLAG, 0, true);
  termios.setUint8(Termios2.CC + VTIME, 0);
  termios.setUint8(Termios2.CC + VMIN, 1);
  termios.setUint8(Termios2.CC + VSTART, XON);
  termios.setUint8(Termios2.CC + VSTOP, XOFF);
  termios.setUint32(Termios2.ISPEED, line.baudRate, true);
  termios.setUint32(Termios2.OSPEED, line.baudRate, true);
  writeTermios(fd, termios);
  checkBaudRate(line.baudRate, baudRateOf(fd));
  const differing = (readTermios(fd).getUint32(Termios2.CFLAG, true) ^ control) & LINE_BITS;
  const ignored: string[] = [];
  if ((differing & CSIZE) !== 0) ignored.push(`byte size ${line.byteSize}`);
  if ((differing & (PARENB | PARODD | CMSPAR)) !== 0) ignored.push(`parity ${line.parity}`);
  if ((differing & CSTOPB) !== 0) ignored.push(`stop bits ${line.stopBits}`);
  if ((differing & CRTSCTS) !== 0) ignored.push("flow control by RTS and CTS");
  return ignored;
}

/**
 * Changes the baud rate only; bytes that are still to be sent go at the old or the new one.
 *
 * @returns the one really set
 * @throws {RangeError} if the hardware cannot make it; the old one is set again
 */
export function setBaudRate(fd: number, baudRate: number): number {
  const before = baudRateOf(fd);
  const set = (rate: number): void => {
    const termios = readTermios(fd);
    const control = termios.getUint32(Termios2.CFLAG, true);
    termios.setUint32(
      Termios2.CFLAG,
      (control & ~(CBAUD | CIBAUD) | BOTHER | BOTHER << 16) >>> 0,
      true,
    );
    termios.setUint32(Termios2.ISPEED, rate, true);
    termios.setUint32(Termios2.OSPEED, rate, true);
    writeTermios(fd, termios);
  };
  set(baudRate);
  try {
    checkBaudRate(baudRate, baudRateOf(fd));
  } catch (error) {
    set(before);
    throw error;
  }
  return baudRateOf(fd);
}

/** Bits per second that a tty sends with. */
export function baudRateOf(fd: number): number {
  return readTermios(fd).getUint32(Termios2.OSPEED, true);
}

function checkBaudRate(wanted: number, got: number): void {
  if (Math.abs(got - wanted) <= wanted * BAUD_TOLERANCE) return;
  throw new RangeError(
    `Cannot set baud rate of serial port: the nearest that it can make is ${got}: current value is ${wanted}`,
  );
}
