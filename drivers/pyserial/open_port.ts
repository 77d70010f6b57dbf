import type { PortOptions, SerialPort } from "./port.ts";
import { openRfc2217Port } from "./rfc2217/mod.ts";
import { openSocketPort } from "./socket_port.ts";
import { openTtyPort } from "./tty/mod.ts";
import type { SerialUrl } from "./url.ts";

/**
 * Opens the port that a URL names.
 *
 * @throws why it cannot be opened; the signal's reason
 */
export function openPort(
  url: Exclude<SerialUrl, { kind: "loop" }>,
  options: PortOptions,
  signal: AbortSignal,
): Promise<SerialPort> {
  switch (url.kind) {
    case "tty":
      return openTtyPort(url.path, options);
    case "socket":
      return openSocketPort(url.hostname, url.port, signal);
    case "rfc2217":
      return openRfc2217Port(url, options, signal);
  }
}
