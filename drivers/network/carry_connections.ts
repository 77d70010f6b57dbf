import { duplexFromConn, pump } from "@jumpstarter/core/stream";
import type { ForwardOptions, StreamOpener } from "./stream_opener.ts";

/** When to accept again after a failure, in ms: there may be no descriptor left until a connection ends. */
const RETRY_MS = 100;

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
  for (;;) {
    const conn = await accept(listener, options, signal);
    if (conn === undefined) break;
    const carried = carry(conn, device, options, signal).finally(() => under.delete(carried));
    under.add(carried);
  }
  await Promise.all(under);
}

/** The next connection, or `undefined` once the listener was closed. */
async function accept(
  listener: Deno.Listener,
  { onError }: ForwardOptions,
  signal: AbortSignal,
): Promise<Deno.Conn | undefined> {
  while (!signal.aborted) {
    try {
      return await listener.accept();
    } catch (error) {
      if (signal.aborted) break;
      onError?.(error);
      await pause(RETRY_MS, signal);
    }
  }
  return undefined;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", finish);
  });
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
