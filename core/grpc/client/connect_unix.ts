import type { ByteConn } from "../../http2/mod.ts";

/**
 * Connects to a unix socket.
 *
 * @param path the socket's path, at most 107 bytes on Linux (unix(7))
 * @throws {Deno.errors.NotFound | Deno.errors.ConnectionRefused} if nobody listens there
 */
export async function connectUnix(path: string, signal?: AbortSignal): Promise<ByteConn> {
  signal?.throwIfAborted();
  const conn = await Deno.connect({ transport: "unix", path });
  if (signal?.aborted) {
    conn.close();
    signal.throwIfAborted();
  }
  return conn;
}
