import type { TLSSocket } from "node:tls";
import type { ByteConn } from "../../http2/mod.ts";
import { checkClientCertificate } from "./client_certificate.ts";
import { connectTcp } from "./connect_tcp.ts";
import { NodeTlsConn } from "../tls/node_tls_conn.ts";

/** How a client secures its connection. */
export interface TlsClientOptions {
  /**
   * Certificates to trust, PEM, one or more. A server's own self-signed certificate may be among
   * them. They come on top of the runtime's roots.
   */
  ca?: string;
  /**
   * Encrypts and verifies nothing: neither who signed the server's certificate nor the name in it.
   * Against one who can redirect the connection that is no protection. (Upstream's setting of this
   * name takes whatever chain the server shows as its roots, which is no more.)
   */
  insecure?: boolean;
  /** Host name to ask for (SNI) and to check the certificate against; the address's host by default. */
  serverName?: string;
  /** The client's own certificate, PEM, if the server asks for one; together with `key`. */
  cert?: string;
  /** Private key of `cert`, PEM. */
  key?: string;
}

const ALPN = "h2";

/**
 * Finds what is wrong with options before anything is connected.
 *
 * @throws {TypeError} if the client's certificate and key do not fit, or the server's name is none
 */
export function checkTlsOptions({ cert, key, serverName }: TlsClientOptions): void {
  if (cert !== undefined && key !== undefined) checkClientCertificate(cert, key);
  else if (cert !== undefined || key !== undefined) {
    throw new TypeError("Cannot use client certificate: cert and key must be given together");
  }
  if (serverName !== undefined && isIpAddress(serverName)) {
    // RFC 6066 §3 allows no addresses, and what would be checked then differs between runtimes.
    throw new TypeError(
      `Cannot connect over TLS: serverName must be a host name: current value is '${serverName}'`,
    );
  }
}

/**
 * Connects over TLS and agrees on HTTP/2 (ALPN `h2`, RFC 9113 §3.2), which the server must offer.
 *
 * Verification is the runtime's own and is never left out unless `insecure` says so. Where
 * `Deno.connectTls` cannot do what is asked (a client certificate under another name, a server
 * certificate that is its own CA), `node:tls` does it. Deno 2.6's takes no certificate that is its
 * own CA: there such a server is refused, not trusted.
 *
 * @throws {Deno.errors.InvalidData} or another error that says what was wrong with the certificate
 */
export async function connectTls(
  hostname: string,
  port: number,
  options: TlsClientOptions,
  signal?: AbortSignal,
): Promise<ByteConn> {
  if (options.insecure || options.cert !== undefined) {
    return await connectWithNode(hostname, port, options, signal);
  }
  try {
    return await connectWithDeno(hostname, port, options, signal);
  } catch (error) {
    // rustls refuses a server certificate that says CA:TRUE, which is what `openssl req -x509` makes.
    if (options.ca === undefined || !/CaUsedAsEndEntity/.test(String(error))) throw error;
    return await connectWithNode(hostname, port, options, signal);
  }
}

async function connectWithDeno(
  hostname: string,
  port: number,
  { ca, serverName }: TlsClientOptions,
  signal: AbortSignal | undefined,
): Promise<ByteConn> {
  const tcp = await connectTcp(hostname, port, signal);
  let conn: Deno.TlsConn;
  try {
    conn = await Deno.startTls(tcp, {
      hostname: serverName ?? hostname,
      caCerts: ca === undefined ? [] : [ca],
      alpnProtocols: [ALPN],
    });
  } catch (error) {
    closeQuietly(tcp);
    throw error;
  }
  const close = (): void => closeQuietly(conn);
  signal?.addEventListener("abort", close, { once: true });
  try {
    const { alpnProtocol } = await conn.handshake();
    if (alpnProtocol !== ALPN) throw noHttp2(alpnProtocol);
    return conn;
  } catch (error) {
    closeQuietly(conn);
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", close);
  }
}

async function connectWithNode(
  hostname: string,
  port: number,
  options: TlsClientOptions,
  signal: AbortSignal | undefined,
): Promise<ByteConn> {
  signal?.throwIfAborted();
  const name = options.serverName ?? hostname;
  const { connect } = await import("node:tls");
  const socket = connect({
    host: hostname,
    port,
    // Without a name the certificate is checked against `host`, the address.
    servername: isIpAddress(name) ? undefined : name,
    ca: options.ca,
    cert: options.cert,
    key: options.key,
    rejectUnauthorized: !options.insecure,
    ALPNProtocols: [ALPN],
  });
  const abort = (): void => {
    socket.destroy(signal!.reason instanceof Error ? signal!.reason : new Error("aborted"));
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await handshake(socket);
    return new NodeTlsConn(socket);
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function handshake(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(error);
    socket.once("error", fail);
    socket.once("close", () => reject(new Error("Connection closed during the TLS handshake")));
    socket.once("secureConnect", () => {
      socket.off("error", fail);
      // Deno 2.6 reports a handshake as complete, and authorized, even when it failed: but then
      // nothing was agreed on. So ALPN is what tells.
      if (socket.alpnProtocol === ALPN) return resolve();
      const certificate = socket.getPeerCertificate?.();
      reject(
        certificate?.raw === undefined
          ? new Deno.errors.InvalidData("Cannot verify the server's certificate")
          : noHttp2(socket.alpnProtocol || null),
      );
    });
  });
}

function noHttp2(protocol: string | null): Error {
  return new Error(
    `Cannot use TLS connection: server must agree on HTTP/2 (ALPN h2): current value is '${
      protocol ?? "none"
    }'`,
  );
}

function isIpAddress(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(":");
}

function closeQuietly(conn: { close(): void }): void {
  try {
    conn.close();
  } catch {
    // It was closed already.
  }
}
