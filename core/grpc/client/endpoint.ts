import type { ByteConn } from "../../http2/mod.ts";
import { authorityOf, formatAddress, parseAddress } from "./address.ts";
import { connectTcp } from "./connect_tcp.ts";
import { checkTlsOptions, connectTls, type TlsClientOptions } from "./connect_tls.ts";
import { connectUnix } from "./connect_unix.ts";

/** Opens a byte connection; gives up when the signal says so. */
export type OpenConnection = (signal: AbortSignal) => Promise<ByteConn>;

/** Where a transport's requests go, and how. */
export interface Endpoint {
  /** For messages. */
  readonly name: string;
  /** `:scheme`. */
  readonly scheme: "http" | "https";
  /** `:authority` unless the transport says otherwise. */
  readonly authority: string;
  /** Whether a network lies between, on which a connection can die in silence. */
  readonly network: boolean;
  /** Opens a connection. */
  readonly open: OpenConnection;
}

/**
 * Works out an address and its security.
 *
 * @throws {TypeError} if the address is malformed, or TLS is asked for where there is none or wrongly
 */
export function endpoint(
  address: string | OpenConnection,
  tls: boolean | TlsClientOptions = false,
): Endpoint {
  const security = tls === true ? {} : tls;
  if (typeof address === "function") {
    refuseTls(security, "a connection of your own");
    return { name: "peer", scheme: "http", authority: "localhost", network: false, open: address };
  }
  const parsed = parseAddress(address);
  const name = formatAddress(parsed);
  if (parsed.kind === "unix") {
    refuseTls(security, "a unix socket");
    const open = (signal: AbortSignal): Promise<ByteConn> => connectUnix(parsed.path, signal);
    return { name, scheme: "http", authority: authorityOf(parsed), network: false, open };
  }
  const { hostname, port } = parsed;
  if (security === false) {
    const open = (signal: AbortSignal): Promise<ByteConn> => connectTcp(hostname, port, signal);
    return { name, scheme: "http", authority: name, network: true, open };
  }
  checkTlsOptions(security);
  // As gRPC does: a server asked for by another name is also called by it.
  const authority = security.serverName ?? name;
  const open = (signal: AbortSignal): Promise<ByteConn> =>
    connectTls(hostname, port, security, signal);
  return { name, scheme: "https", authority, network: true, open };
}

function refuseTls(security: false | TlsClientOptions, over: string): void {
  if (security !== false) throw new TypeError(`Cannot use TLS: not supported over ${over}`);
}
