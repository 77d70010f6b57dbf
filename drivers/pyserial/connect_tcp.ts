import { withDeadline } from "./waits.ts";

/** How long a server may take to answer, in ms (ours: a router on the way answers within 3 s or not at all). */
const CONNECT_MS = 10_000;

/**
 * Connects to a server of serial ports.
 *
 * @throws {Deno.errors.TimedOut} after 10 s; what the system says, with the address in the message; the signal's reason
 */
export async function connectTcp(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const address = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const connecting = Deno.connect({ hostname, port });
  try {
    const conn = await withDeadline(
      connecting,
      CONNECT_MS,
      `Cannot open serial port: ${address} did not answer within ${CONNECT_MS / 1000} s`,
      signal,
    );
    conn.setNoDelay(true);
    // A server that lost its power does not say so.
    conn.setKeepAlive(true);
    return conn;
  } catch (error) {
    connecting.then((conn) => conn.close(), () => {});
    if (error instanceof Error && !(error instanceof Deno.errors.TimedOut) && !signal.aborted) {
      error.message = `Cannot open serial port: cannot connect to ${address}: ${error.message}`;
    }
    throw error;
  }
}
