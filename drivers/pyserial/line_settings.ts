/** Whether, and how, each byte carries a parity bit. */
export type Parity = "none" | "even" | "odd" | "mark" | "space";

/** How a serial line is driven. */
export interface LineSettings {
  /** Bits per second, 1 or more. */
  readonly baudRate: number;
  /** Data bits of each byte: 5 to 8. */
  readonly byteSize: 5 | 6 | 7 | 8;
  /** The parity bit. */
  readonly parity: Parity;
  /** Stop bits after each byte. Hardware that has no 1.5 uses 2. */
  readonly stopBits: 1 | 1.5 | 2;
  /** Whether RTS and CTS say when to send. */
  readonly rtscts: boolean;
  /** Whether XOFF (0x13) and XON (0x11) say when to send. They are then no data. */
  readonly xonxoff: boolean;
}

/** 115,200 baud, 8 data bits, no parity, 1 stop bit, no flow control: what nearly every console speaks. */
export const DEFAULT_LINE: LineSettings = {
  baudRate: 115_200,
  byteSize: 8,
  parity: "none",
  stopBits: 1,
  rtscts: false,
  xonxoff: false,
};
