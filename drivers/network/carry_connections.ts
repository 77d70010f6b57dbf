import { duplexFromConn, pump } from "@jumpstarter/core/stream";
import type { ForwardOptions, StreamOpener } from "./stream_opener.ts";

/**
 * Accepts connections, and joins each to a stream of its own, until the listener is closed.
 *
 * A connection whose stream cannot be opened is closed at once. Both ends of both directions are carried over, and
 * nothing is read faster than the other side takes it.
 *
 * @param signal ends all connections
 */
export async function carryConnections(
  listener: Deno.Listener,
  device: StreamOpener,
  options: ForwardOptions,
  signal: AbortSignal,
): Promise<void> {
  const under = new Set<Promise<void>>();
  for await (const conn of listener) {
    const carried = carry(conn, device, options, signal).finally(() => under.delete(carried));
    under.add(carried);
  }
  await Promise.all(under);
}

async function carry(
  conn: Deno.Conn,
  device: StreamOpener,
  { method, onError }: ForwardOptions,
  signal: AbortSignal,
): Promise<void> {
  let joined = false;
  try {
    await using stream = await device.stream(method, { signal });
    if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
    joined = true;
    await pump(duplexFromConn(conn), stream, { signal });
  } catch (error) {
    if (!joined) conn.close();
    if (!signal.aborted) onError?.(error);
  }
}
