import type { Logger } from "@jumpstarter/core/driver";
import type { LineSettings } from "./line_settings.ts";

/** The lines of a port; one that it does not have is false. */
export interface PortLines {
  /** Data terminal ready, ours. */
  dtr: boolean;
  /** Request to send, ours. */
  rts: boolean;
  /** Clear to send, the device's. */
  cts: boolean;
  /** Data set ready, the device's. */
  dsr: boolean;
  /** Ring indicator, the device's. */
  ri: boolean;
  /** Carrier detect, the device's. */
  cd: boolean;
}

/** What went wrong on a line, as counted since the port was opened. */
export interface LineErrors {
  /** Bytes that the hardware had no room for. */
  overruns: number;
  /** Bytes that the kernel had no room for. */
  bufferOverruns: number;
  /** Bytes with a wrong parity bit. */
  parityErrors: number;
  /** Bytes without a stop bit. */
  framingErrors: number;
  /** Breaks received. */
  breaks: number;
}

/** What a port has besides bytes. Each call throws where the hardware does not do it. */
export interface PortControl {
  /** Raises or drops DTR. */
  setDtr(raised: boolean): void | Promise<void>;
  /** Raises or drops RTS. */
  setRts(raised: boolean): void | Promise<void>;
  /** Begins or ends a break. */
  setBreak(on: boolean): void | Promise<void>;
  /** Reads the modem lines. */
  lines(): PortLines | Promise<PortLines>;
  /** Changes the baud rate; resolves to the one really set. */
  setBaudRate(baudRate: number): number | Promise<number>;
  /** What went wrong on the line, where the port counts that. */
  errors(): LineErrors | undefined;
}

/** A port that was opened. Disposing closes it, which ends {@linkcode run}. */
export interface SerialPort extends AsyncDisposable {
  /** What a socket does not have and a serial line does. */
  readonly control?: PortControl;
  /** Bits per second; 0 where there is no such thing. */
  readonly baudRate: number;
  /**
   * Reads until the port is closed here, or its other end ends it. Called once.
   *
   * @param onBytes takes what came; the bytes are good during the call only
   * @throws why the port is gone
   */
  run(onBytes: (bytes: Uint8Array) => void): Promise<void>;
  /**
   * Writes all of `bytes`; resolves when the system has taken them. One call at a time.
   *
   * @throws the signal's reason, after which some of the bytes may have been written, or why the port is gone
   */
  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
}

/** What is needed to open a port. */
export interface PortOptions {
  /** How the line is driven. */
  readonly line: LineSettings;
  /** Whether nobody else may use a tty meanwhile. */
  readonly exclusive: boolean;
  /** Whether DTR and RTS stay as they are when a tty is closed. */
  readonly disableHupcl: boolean;
  /** Whether a tty passes on each byte at once; costs some processor time. */
  readonly lowLatency: boolean;
  /** Takes what is worth knowing and no reason to fail. */
  readonly log: Logger;
}
