import type { LineSettings, Parity } from "../line_settings.ts";

/** Commands of RFC 2217 §3, client to server; the server's answers are 100 more. */
export const ComPort = {
  /** Bits per second, 4 bytes, big endian. */
  SET_BAUDRATE: 1,
  /** Data bits: 5 to 8. */
  SET_DATASIZE: 2,
  /** Parity: see {@linkcode lineCommands}. */
  SET_PARITY: 3,
  /** Stop bits. */
  SET_STOPSIZE: 4,
  /** Flow control, break, DTR, RTS: see {@linkcode Control}. */
  SET_CONTROL: 5,
  /** Line errors. */
  NOTIFY_LINESTATE: 6,
  /** Modem lines. */
  NOTIFY_MODEMSTATE: 7,
  /** "Send nothing." */
  FLOWCONTROL_SUSPEND: 8,
  /** "Send on." */
  FLOWCONTROL_RESUME: 9,
  /** Which line errors to tell. */
  SET_LINESTATE_MASK: 10,
  /** Which modem lines to tell. */
  SET_MODEMSTATE_MASK: 11,
  /** From this on it is the server that speaks. */
  ANSWER: 100,
} as const;

/** Values of SET-CONTROL. */
export const Control = {
  /** No flow control. */
  FLOW_NONE: 1,
  /** XON and XOFF. */
  FLOW_XONXOFF: 2,
  /** RTS and CTS. */
  FLOW_RTSCTS: 3,
  /** Break begins. */
  BREAK_ON: 5,
  /** Break ends. */
  BREAK_OFF: 6,
  /** DTR is raised. */
  DTR_ON: 8,
  /** DTR is dropped. */
  DTR_OFF: 9,
  /** RTS is raised. */
  RTS_ON: 11,
  /** RTS is dropped. */
  RTS_OFF: 12,
} as const;

/** Bits of NOTIFY-MODEMSTATE. */
export const ModemState = { CTS: 0x10, DSR: 0x20, RI: 0x40, CD: 0x80 } as const;

/** Bits of NOTIFY-LINESTATE that are errors. */
export const LineState = { OVERRUN: 0x2, PARITY: 0x4, FRAMING: 0x8, BREAK: 0x10 } as const;

const PARITY: Readonly<Record<Parity, number>> = { none: 1, odd: 2, even: 3, mark: 4, space: 5 };
const STOP_SIZE: Readonly<Record<string, number>> = { "1": 1, "2": 2, "1.5": 3 };

/** One command with its parameter, and what it is for, for errors. */
export interface ComPortCommand {
  /** What it sets. */
  readonly what: string;
  /** Its number. */
  readonly command: number;
  /** Its parameter. */
  readonly value: Uint8Array;
}

/** The parameter of SET-BAUDRATE. */
export function baudRateBytes(baudRate: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, baudRate);
  return bytes;
}

/** The commands that set a line up, in the order of pyserial. */
export function lineCommands(line: LineSettings): ComPortCommand[] {
  const byte = (value: number): Uint8Array => new Uint8Array([value]);
  let flow: number = line.xonxoff ? Control.FLOW_XONXOFF : Control.FLOW_NONE;
  if (line.rtscts) flow = Control.FLOW_RTSCTS;
  return [
    { what: "baud rate", command: ComPort.SET_BAUDRATE, value: baudRateBytes(line.baudRate) },
    { what: "byte size", command: ComPort.SET_DATASIZE, value: byte(line.byteSize) },
    { what: "parity", command: ComPort.SET_PARITY, value: byte(PARITY[line.parity]) },
    { what: "stop bits", command: ComPort.SET_STOPSIZE, value: byte(STOP_SIZE[line.stopBits]) },
    { what: "flow control", command: ComPort.SET_CONTROL, value: byte(flow) },
  ];
}
