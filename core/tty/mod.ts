/**
 * Terminals: serial ports and pseudo-terminals as byte streams, straight on Linux' C library.
 *
 * @module
 */
export { cString, errno, type Libc, libc } from "./libc.ts";
export { Errno, osError } from "./os_error.ts";
export { pollerIdle, Ready, type Watch, watchDescriptor } from "./poller.ts";
export { OPEN_TTY_FLAGS, openPty, type OpenPtyOptions, openTty, Pty } from "./pty.ts";
export { type PtyProcess, type PtyProcessOptions, spawnOnPty } from "./pty_process.ts";
export { makeRaw, readTermios, setWindowSize, Termios2, writeTermios } from "./termios.ts";
export { TtyStream, type TtyStreamOptions } from "./tty_stream.ts";
