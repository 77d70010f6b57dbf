import type { ByteConn } from "../../http2/mod.ts";

/** Where connections come from: `Deno.listen` for TCP and unix sockets, `listenTls` for TLS. */
export interface ConnListener {
  /** The next connection. */
  accept(): Promise<ByteConn>;
  /** Stops listening; a pending `accept` rejects. */
  close(): void;
}

/** Pause after an accept that failed, e.g. with EMFILE: first and longest, in ms (as Go's net/http). */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 1000;

/**
 * Hands each connection of `listener` to `serve`, until the listener is closed or `signal` is
 * aborted (then it closes the listener). An accept or a connection that fails does not stop it.
 */
export async function acceptConnections(
  listener: ConnListener,
  serve: (conn: ByteConn) => void,
  options: { signal: AbortSignal; onError?: (error: unknown) => void },
): Promise<void> {
  const { signal, onError } = options;
  const close = (): void => {
    try {
      listener.close();
    } catch {
      // It is closed.
    }
  };
  if (signal.aborted) return close();
  signal.addEventListener("abort", close, { once: true });
  let pause = FIRST_PAUSE_MS;
  try {
    while (!signal.aborted) {
      let conn: ByteConn;
      try {
        conn = await listener.accept();
      } catch (error) {
        if (signal.aborted || isClosed(error)) return;
        onError?.(error);
        await sleep(pause, signal);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        continue;
      }
      pause = FIRST_PAUSE_MS;
      start(conn, serve, onError);
    }
  } finally {
    signal.removeEventListener("abort", close);
  }
}

function start(
  conn: ByteConn,
  serve: (conn: ByteConn) => void,
  onError: ((error: unknown) => void) | undefined,
): void {
  try {
    // Frames are gathered before they are written: waiting for more (Nagle) only costs time.
    if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
    serve(conn);
  } catch (error) {
    onError?.(error);
    try {
      conn.close();
    } catch {
      // It is closed.
    }
  }
}

/** What `accept` rejects with once the listener is closed. */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
