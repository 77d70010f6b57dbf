import { libc } from "@jumpstarter/core/tty";
import { delay } from "@jumpstarter/core/client";

const TIOCNXCL = 0x540dn;
const TIOCOUTQ = 0x5411n;
const TCFLSH = 0x540bn;
const TCIOFLUSH = 2n;
const TIOCGSERIAL = 0x541en;
const TIOCSSERIAL = 0x541fn;

/** Bytes of `struct serial_struct` on 64-bit Linux, and the places of its `flags` (int) and `closing_wait` (unsigned short). */
const SERIAL_STRUCT = { BYTES: 72, FLAGS: 16, CLOSING_WAIT: 40 } as const;
const ASYNC_LOW_LATENCY = 0x2000;
const CLOSING_WAIT_NONE = 65_535;

/** How long what was written may still take to go out, in ms: a line of text at 1,200 baud. */
const DRAIN_MS = 500;
/** How often it is looked whether it has, in ms. */
const LOOK_MS = 10;

/** Has the driver pass on each byte at once, where it has such a setting. */
export function setLowLatency(fd: number): void {
  changeSerial(fd, (view) => {
    const flags = view.getInt32(SERIAL_STRUCT.FLAGS, true);
    view.setInt32(SERIAL_STRUCT.FLAGS, flags | ASYNC_LOW_LATENCY, true);
  });
}

/**
 * Closes a tty without waiting long for a device that takes nothing: the kernel would wait 15 to 30 s, with the descriptor
 * gone, and nobody could open the port meanwhile.
 */
export async function closeTty(fd: number): Promise<void> {
  const c = libc();
  const deadline = performance.now() + DRAIN_MS;
  while (pending(fd) > 0 && performance.now() < deadline) await delay(LOOK_MS);
  if (pending(fd) > 0) {
    changeSerial(fd, (view) => view.setUint16(SERIAL_STRUCT.CLOSING_WAIT, CLOSING_WAIT_NONE, true));
    c.ioctlValue(fd, TCFLSH, TCIOFLUSH);
  }
  c.ioctlValue(fd, TIOCNXCL, 0n);
  // In the pool: what is in the way of the above, a driver without such settings or no right to change them, still waits.
  await c.closeInPool(fd);
}

/** Bytes that were written and have not gone out. */
function pending(fd: number): number {
  const count = new Int32Array(1);
  return libc().ioctl(fd, TIOCOUTQ, new Uint8Array(count.buffer)) < 0 ? 0 : count[0];
}

/** Changes what the driver lets be changed; others and those without the right are as they are. */
function changeSerial(fd: number, change: (view: DataView) => void): void {
  const bytes = new Uint8Array(SERIAL_STRUCT.BYTES);
  if (libc().ioctl(fd, TIOCGSERIAL, bytes) < 0) return;
  change(new DataView(bytes.buffer));
  libc().ioctl(fd, TIOCSSERIAL, bytes);
}
