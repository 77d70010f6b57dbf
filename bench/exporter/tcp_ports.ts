/** How often a port is looked at, in ms; the figures that wait for one are hundreds. */
const LOOK_EVERY_MS = 5;

/** A port of 127.0.0.1 that was free just now: for programs that cannot say which one they took. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Waits until somebody accepts connections at `HOST:PORT`; rejects with the signal's reason. */
export async function untilListening(address: string, signal: AbortSignal): Promise<void> {
  const colon = address.lastIndexOf(":");
  const target = { hostname: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  for (;;) {
    signal.throwIfAborted();
    try {
      (await Deno.connect(target)).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
