import type { OpenConnection, TlsClientOptions } from "../grpc/mod.ts";

/** Options of {@linkcode connect}. */
export interface ConnectOptions {
  /**
   * `host:port`, a unix socket as `unix:path` or path, or what opens a connection to speak HTTP/2 on. The environment's
   * `JUMPSTARTER_HOST` unless told.
   */
  host?: string | OpenConnection;
  /** TLS to `host:port`: on unless `insecure`. `true` is the system's roots. */
  tls?: boolean | TlsClientOptions;
  /** Plaintext to `host:port`. Where `host` is the environment's, `JMP_GRPC_INSECURE=1` says so. */
  insecure?: boolean;
  /** What the exporter asks for. Where `host` is the environment's, `JMP_GRPC_PASSPHRASE`. */
  passphrase?: string;
  /** Ends the attempt to connect, not the connection. */
  signal?: AbortSignal;
  /** Time until the exporter has sent its report, in ms: 20,000. */
  timeoutMs?: number;
}
