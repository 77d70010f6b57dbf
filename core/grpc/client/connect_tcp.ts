/** An address, IPv4 or IPv6, that needs no look-up. */
const LITERAL = /^(?:[\d.]+|.*:.*)$/;

/**
 * Connects over TCP, with Nagle's delay off.
 *
 * All addresses of a name are tried. Deno 2.9 does so itself, several at a time (RFC 8305); Deno 2.6
 * takes the first only, so that the others are tried here, one after another.
 *
 * @throws the last address's error, or the signal's reason
 */
export async function connectTcp(
  hostname: string,
  port: number,
  signal?: AbortSignal,
): Promise<Deno.TcpConn> {
  let failure: unknown;
  try {
    return await connectOne(hostname, port, signal);
  } catch (error) {
    failure = error;
  }
  for (const address of LITERAL.test(hostname) ? [] : await addressesOf(hostname)) {
    signal?.throwIfAborted();
    try {
      return await connectOne(address, port, signal);
    } catch (error) {
      failure = error;
    }
  }
  signal?.throwIfAborted();
  throw failure;
}

async function connectOne(
  hostname: string,
  port: number,
  signal: AbortSignal | undefined,
): Promise<Deno.TcpConn> {
  signal?.throwIfAborted();
  const conn = await Deno.connect({ hostname, port, signal });
  conn.setNoDelay(true);
  return conn;
}

/** The addresses of a name, if there is more than one: a single one was tried already. */
async function addressesOf(hostname: string): Promise<string[]> {
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(hostname, { all: true }).catch(() => []);
  return found.length > 1 ? found.map(({ address }) => address) : [];
}
