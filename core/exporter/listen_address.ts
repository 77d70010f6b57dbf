import { type ConnListener, listenTls } from "../grpc/mod.ts";

/** Where an exporter listens: a port, 0 for any that is free, or a unix socket's path. */
export type ListenAddress =
  | { readonly hostname: string; readonly port: number }
  | { readonly path: string };

/** Who a server is. */
export interface ServerIdentity {
  /** Certificate chain, PEM, its own first. */
  readonly cert: string;
  /** Private key, PEM. */
  readonly key: string;
}

/** An open {@linkcode ListenAddress}. */
export interface Listening {
  /** Where connections come from. Closing it leaves a socket's file. */
  readonly listener: ConnListener;
  /** What clients are told: `127.0.0.1:19090`, `[::1]:19090`, `/run/board.sock`. */
  readonly address: string;
  /** Removes what listening leaves behind. */
  cleanUp(): void;
}

/**
 * Listens.
 *
 * @throws {Error} that names the address, when it is in use or not ours
 */
export async function listenOn(address: ListenAddress, tls?: ServerIdentity): Promise<Listening> {
  try {
    if ("path" in address) return listenUnix(address.path);
    const listener = tls === undefined ? Deno.listen(address) : await listenTls({
      ...address,
      ...tls,
    });
    const { hostname, port } = listener.addr as Deno.NetAddr;
    return { listener, address: hostAndPort(hostname, port), cleanUp: () => {} };
  } catch (cause) {
    const where = "path" in address ? address.path : hostAndPort(address.hostname, address.port);
    throw new Error(`Cannot listen on ${where}: ${reason(cause as Error)}`, { cause });
  }
}

function listenUnix(path: string): Listening {
  const listener = Deno.listen({ transport: "unix", path });
  const cleanUp = (): void => {
    try {
      Deno.removeSync(path);
    } catch {
      // Somebody else tidied up.
    }
  };
  return { listener, address: path, cleanUp };
}

function hostAndPort(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function reason(error: Error): string {
  if (error instanceof Deno.errors.AddrInUse || "code" in error && error.code === "EADDRINUSE") {
    return "somebody else does";
  }
  return error.message;
}
