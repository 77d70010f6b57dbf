/** `host:port`, with brackets around an IPv6 address (RFC 3986 §3.2.2). */
export function formatHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A host and a port. */
export interface HostPort {
  /** A name, or an address without brackets. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

/**
 * Reads `host:port` or `[ipv6]:port`, with a scheme before it or without.
 *
 * @throws {SyntaxError} if the text is neither
 */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:[a-z]+:\/\/)?(?:\[([^\]]+)\]|([^[\]:/]+)):(\d{1,5})\/?$/i.exec(text);
  const port = Number(match?.[3]);
  if (match !== null && port <= 65535) return { host: match[1] ?? match[2], port };
  throw new SyntaxError(`Cannot parse address: want host:port: current value is '${text}'`);
}
