import { z } from "zod";
import { HISTORY_BYTES } from "./hub.ts";
import type { Parity } from "./line_settings.ts";
import { parseSerialUrl } from "./url.ts";

/** pyserial's letters for parity. */
const PARITY_LETTERS: Readonly<Record<string, Parity>> = {
  N: "none",
  E: "even",
  O: "odd",
  M: "mark",
  S: "space",
};

const url = z.string().superRefine((text, context) => {
  try {
    parseSerialUrl(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
});

const parity = z.preprocess(
  (value) => PARITY_LETTERS[String(value)] ?? value,
  z.enum(["none", "even", "odd", "mark", "space"]),
);

/** The `config:` of a serial port; upstream's keys first (drivers-b §3.1), then ours. */
export const PySerialConfig = z.strictObject({
  /** Path of a tty, `loop://`, `socket://HOST:PORT` or `rfc2217://HOST:PORT`. */
  url,
  /** Bits per second. */
  baudrate: z.int().min(1).max(0xffff_ffff).default(115_200),
  /** Whether the exporter does not start without the port. */
  check_present: z.boolean().default(true),
  /** Characters per second sent at most; none, 0 or less: as fast as it goes. */
  cps: z.number().nullable().default(null),
  /** Whether DTR and RTS stay as they are when the port is closed. */
  disable_hupcl: z.boolean().default(false),
  /** Data bits. */
  bytesize: z.union([z.literal(5), z.literal(6), z.literal(7), z.literal(8)]).default(8),
  /** Parity bit: also `N`, `E`, `O`, `M`, `S`. */
  parity: parity.default("none"),
  /** Stop bits. */
  stopbits: z.union([z.literal(1), z.literal(1.5), z.literal(2)]).default(1),
  /** Flow control by RTS and CTS. */
  rtscts: z.boolean().default(false),
  /** Flow control by XON and XOFF. */
  xonxoff: z.boolean().default(false),
  /** Whether no other program may use the tty meanwhile. */
  exclusive: z.boolean().default(true),
  /** Whether the tty's driver passes on each byte at once. */
  low_latency: z.boolean().default(true),
  /** Bytes of output that are kept for latecomers and slow readers: 1 KiB to 1 GiB. */
  history_size: z.int().min(1024).max(1024 ** 3).default(HISTORY_BYTES),
  /** File to which all output is appended. */
  log_file: z.string().min(1).nullable().default(null),
});

/** A checked `config:`. */
export type PySerialConfig = z.infer<typeof PySerialConfig>;
