import type { Server, TLSSocket } from "node:tls";
import type { ByteConn } from "../../http2/mod.ts";
import type { ConnListener } from "../server/listener.ts";
import { NodeTlsConn } from "./node_tls_conn.ts";

/** Where to listen and who this end is. */
export interface ListenTlsOptions {
  /** Address to listen on; `"127.0.0.1"` by default. */
  hostname?: string;
  /** TCP port, 0 for any that is free. */
  port: number;
  /** Certificate chain, PEM, the server's own first. */
  cert: string;
  /** Private key of the certificate, PEM. */
  key: string;
  /** CA certificates, PEM: clients must show a certificate that one of them signed. */
  clientCa?: string;
}

/** Listens for TLS connections that agree on HTTP/2. */
export interface TlsConnListener extends ConnListener {
  /** The address it listens on. */
  readonly addr: Deno.NetAddr;
}

/** Handshakes that may be complete and not yet accepted; beyond that connections are refused. */
const BACKLOG = 128;

/** Time for a handshake, in ms (Go's net/http: `TLSHandshakeTimeout`). */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Listens over TLS with ALPN `h2`.
 *
 * This is `node:tls` and not `Deno.listenTls`, whose connections delay small writes (Nagle's algorithm, RFC 896) and have no
 * way to switch that off: against a peer's delayed acknowledgements that costs 40 ms a write. Deno 2.6's `node:tls` has the
 * same defect and no client certificates; there `Deno.listenTls` serves, and `clientCa` is refused.
 *
 * @throws {Error} when the address is taken, or the certificate or its key cannot be read
 */
export async function listenTls(options: ListenTlsOptions): Promise<TlsConnListener> {
  const { hostname = "127.0.0.1", port, cert, key, clientCa } = options;
  if (!hasFullNodeTls()) {
    if (clientCa !== undefined) {
      throw new Deno.errors.NotSupported(
        `Cannot ask for client certificates: needs Deno 2.9: current version is ${Deno.version.deno}`,
      );
    }
    return Deno.listenTls({ hostname, port, cert, key, alpnProtocols: ["h2"] }) as TlsConnListener;
  }
  const { createServer } = await import("node:tls");
  const queue = new AcceptQueue();
  const server = createServer({
    cert,
    key,
    ca: clientCa,
    requestCert: clientCa !== undefined,
    rejectUnauthorized: clientCa !== undefined,
    ALPNProtocols: ["h2"],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  }, (socket: TLSSocket) => queue.push(socket));
  await listening(server, hostname, port);
  return new NodeTlsListener(server, queue);
}

/** Deno 2.9's node:tls accepts connections itself; 2.6's is built on `Deno.listenTls`. */
function hasFullNodeTls(): boolean {
  const [major, minor] = Deno.version.deno.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 9);
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Connections whose handshake is complete, until somebody accepts them. */
class AcceptQueue {
  #sockets: TLSSocket[] = [];
  #waiting: PromiseWithResolvers<ByteConn> | null = null;
  #closed = false;

  push(socket: TLSSocket): void {
    // An error before anybody reads must not end the process.
    socket.on("error", () => {});
    if (this.#closed || this.#sockets.length >= BACKLOG) {
      socket.destroy();
    } else if (this.#waiting !== null) {
      this.#waiting.resolve(new NodeTlsConn(socket));
      this.#waiting = null;
    } else {
      this.#sockets.push(socket);
    }
  }

  accept(): Promise<ByteConn> {
    if (this.#closed) return Promise.reject(closedError());
    const socket = this.#sockets.shift();
    if (socket !== undefined) return Promise.resolve(new NodeTlsConn(socket));
    this.#waiting ??= Promise.withResolvers<ByteConn>();
    return this.#waiting.promise;
  }

  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets.splice(0)) socket.destroy();
    this.#waiting?.reject(closedError());
    this.#waiting = null;
  }
}

class NodeTlsListener implements TlsConnListener {
  readonly addr: Deno.NetAddr;
  readonly #server: Server;
  readonly #queue: AcceptQueue;

  constructor(server: Server, queue: AcceptQueue) {
    this.#server = server;
    this.#queue = queue;
    // A handshake that fails is its client's affair.
    server.on("tlsClientError", () => {});
    server.on("error", () => this.close());
    const { address, port } = server.address() as { address: string; port: number };
    this.addr = { transport: "tcp", hostname: address, port };
  }

  accept(): Promise<ByteConn> {
    return this.#queue.accept();
  }

  close(): void {
    this.#server.close();
    this.#queue.close();
  }
}

function closedError(): Error {
  return new Deno.errors.BadResource("Listener is closed");
}
