import {
  Errno,
  errno,
  libc,
  osError,
  Ready,
  type Watch,
  watchDescriptor,
} from "@jumpstarter/core/tty";
import type { LineErrors, PortControl, PortLines, PortOptions, SerialPort } from "../port.ts";
import { closeTty, setLowLatency } from "./closing.ts";
import { baudRateOf, setBaudRate, setLine } from "./line_termios.ts";
import { readCounters, readModemLines, setBreak, setModemLine } from "./lines.ts";
import { openLocked } from "./open_tty.ts";

/** Bytes that one read takes; a tty gives at most 4 KiB. */
const READ_BYTES = 16 * 1024;

/** A tty of Linux, read and written without blocking. */
class TtyPort implements SerialPort, PortControl {
  readonly #fd: number;
  readonly #path: string;
  readonly #watch: Watch;
  readonly #ended = Promise.withResolvers<void>();
  readonly #room = new Uint8Array(READ_BYTES);
  #onBytes: (bytes: Uint8Array) => void = () => {};
  #before: LineErrors | undefined;
  #wanted = 0;
  #onRoom: (() => void) | undefined;
  #gone: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
    this.#before = readCounters(fd);
    this.#ended.promise.catch(() => {});
    this.#watch = watchDescriptor(fd, (events) => this.#onReady(events));
  }

  get control(): PortControl {
    return this;
  }

  get baudRate(): number {
    return this.#gone === undefined ? baudRateOf(this.#fd) : 0;
  }

  run(onBytes: (bytes: Uint8Array) => void): Promise<void> {
    this.#onBytes = onBytes;
    this.#want(Ready.IN);
    return this.#ended.promise;
  }

  async write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      signal?.throwIfAborted();
      this.#check();
      const rest = bytes.subarray(at) as Uint8Array<ArrayBuffer>;
      const count = Number(libc().write(this.#fd, rest, BigInt(rest.length)));
      if (count >= 0) {
        at += count;
        continue;
      }
      const number = errno();
      if (number === Errno.EAGAIN) await this.#untilRoom(signal);
      else if (number !== Errno.EINTR) {
        throw osError(`write to serial port '${this.#path}'`, number);
      }
    }
  }

  setDtr(raised: boolean): void {
    this.#check();
    setModemLine(this.#fd, "DTR", raised);
  }

  setRts(raised: boolean): void {
    this.#check();
    setModemLine(this.#fd, "RTS", raised);
  }

  setBreak(on: boolean): void {
    this.#check();
    setBreak(this.#fd, on);
  }

  lines(): PortLines {
    this.#check();
    return readModemLines(this.#fd);
  }

  setBaudRate(baudRate: number): number {
    this.#check();
    return setBaudRate(this.#fd, baudRate);
  }

  errors(): LineErrors | undefined {
    const now = this.#gone === undefined ? readCounters(this.#fd) : undefined;
    const before = this.#before;
    if (now === undefined || before === undefined) return undefined;
    return {
      overruns: now.overruns - before.overruns,
      bufferOverruns: now.bufferOverruns - before.bufferOverruns,
      parityErrors: now.parityErrors - before.parityErrors,
      framingErrors: now.framingErrors - before.framingErrors,
      breaks: now.breaks - before.breaks,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end(undefined);
    return this.#closing ??= closeTty(this.#fd);
  }

  #check(): void {
    if (this.#gone !== undefined) throw this.#gone;
  }

  #want(events: number): void {
    if (this.#gone !== undefined) return;
    this.#wanted = events;
    this.#watch.want(events);
  }

  #onReady(events: number): void {
    if ((events & (Ready.OUT | Ready.ERR | Ready.HUP)) !== 0) this.#onRoom?.();
    const hungUp = (events & (Ready.ERR | Ready.HUP)) !== 0;
    if (hungUp || (events & Ready.IN) !== 0) this.#read(hungUp);
  }

  #read(hungUp: boolean): void {
    const room = this.#room;
    const count = Number(libc().read(this.#fd, room, BigInt(room.length)));
    if (count > 0) return this.#onBytes(room.subarray(0, count));
    const number = count < 0 ? errno() : 0;
    if ((number === Errno.EAGAIN && !hungUp) || number === Errno.EINTR) return;
    // 0 and EIO are how a tty says that the other end hung up, or that the device was unplugged.
    const unplugged = hungUp || number === 0 || number === Errno.EIO;
    this.#end(
      unplugged
        ? new Deno.errors.NotConnected("it hung up or was unplugged")
        : osError(`read serial port '${this.#path}'`, number),
    );
  }

  /** Waits until the port takes more. */
  #untilRoom(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal?.removeEventListener("abort", done);
        this.#onRoom = undefined;
        this.#want(this.#wanted & ~Ready.OUT);
        resolve();
      };
      this.#onRoom = done;
      signal?.addEventListener("abort", done, { once: true });
      this.#want(this.#wanted | Ready.OUT);
    });
  }

  #end(reason: Error | undefined): void {
    if (this.#gone !== undefined) return;
    this.#watch[Symbol.dispose]();
    this.#gone = new Deno.errors.NotConnected(
      `Cannot use serial port '${this.#path}': ${reason?.message ?? "it was closed"}`,
    );
    this.#onRoom?.();
    if (reason === undefined) this.#ended.resolve();
    else this.#ended.reject(reason);
  }
}

/**
 * Opens a tty or a pty: locks it, sets its line up, and has its driver not dally.
 *
 * @throws {Deno.errors.Busy} if somebody else has it; {@linkcode RangeError} if it cannot make the baud rate; what the
 * system says
 */
export async function openTtyPort(path: string, options: PortOptions): Promise<SerialPort> {
  const fd = await openLocked(path, options.exclusive);
  try {
    for (const ignored of setLine(fd, options)) {
      options.log.warn(`Serial port '${path}' does not do ${ignored}`);
    }
    if (options.lowLatency) setLowLatency(fd);
    return new TtyPort(fd, path);
  } catch (error) {
    await closeTty(fd);
    throw error;
  }
}
