import { connectFailure } from "./connect_failure.ts";
import { formatHostPort } from "./host_port.ts";

/** An address, IPv4 or IPv6, that needs no look-up. */
const LITERAL = /^(?:[\d.]+|.*:.*)$/;

/**
 * Connects over TCP, with Nagle's delay off. All addresses of a name are tried: Deno 2.9 does so itself, Deno 2.6 takes
 * the first only.
 *
 * @throws {Error} that names the address, or the signal's reason
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
  throw connectFailure(`tcp://${formatHostPort(hostname, port)}`, failure);
}

async function connectOne(
  hostname: string,
  port: number,
  signal: AbortSignal | undefined,
): Promise<Deno.TcpConn> {
  signal?.throwIfAborted();
  const conn = await Deno.connect({ hostname, port, signal });
  conn.setNoDelay(true);
  // A board that loses its power does not say so.
  conn.setKeepAlive(true);
  return conn;
}

/** The addresses of a name, if there is more than one. */
async function addressesOf(hostname: string): Promise<string[]> {
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(hostname, { all: true }).catch(() => []);
  return found.length > 1 ? found.map(({ address }) => address) : [];
}
