import { duplexFromConn } from "@jumpstarter/core/stream";
import { connectTcp } from "./connect_tcp.ts";
import { duplexPort } from "./duplex_port.ts";
import type { SerialPort } from "./port.ts";

/**
 * Opens `socket://HOST:PORT`: a serial port behind a TCP server that passes bytes as they are.
 *
 * @throws as {@linkcode connectTcp}
 */
export async function openSocketPort(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<SerialPort> {
  return duplexPort(duplexFromConn(await connectTcp(hostname, port, signal)));
}
