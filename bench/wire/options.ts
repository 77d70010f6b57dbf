/** Environment variable in which the bench server finds its {@linkcode ServerOptions} as JSON. */
export const SERVER_OPTIONS = "JMP_BENCH_SERVER";
/** Environment variable in which the bench client finds its {@linkcode ClientOptions} as JSON. */
export const CLIENT_OPTIONS = "JMP_BENCH_CLIENT";

/** Where our bench server listens: a free TCP port of 127.0.0.1 unless told otherwise. */
export interface ServerOptions {
  /** Listens on this unix socket instead. */
  readonly unixPath?: string;
  /** Speaks TLS, with this certificate and key (PEM). */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Whom our bench client calls, and how. */
export interface ClientOptions {
  /** `host:port` or `unix:PATH`. */
  readonly address: string;
  /** Speaks TLS and trusts this authority (PEM). */
  readonly ca?: string;
  /** Makes every call inside a router stream. */
  readonly tunnel?: boolean;
}
