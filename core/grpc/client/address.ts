/** Where a server listens. */
export type ServerAddress =
  | { readonly kind: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

const HOST_PORT = /^(?:\[([0-9A-Fa-f:.]+(?:%[^\]]+)?)\]|([^\s[\]:/@]+)):(\d{1,5})$/;

/**
 * Reads an address: `host:port`, `[ipv6]:port`, `unix:path` (relative or absolute) or
 * `unix:///absolute/path`, as gRPC writes its targets (naming.md).
 *
 * @throws {TypeError} if the text is none of these, or the port is not 1 to 65535
 */
export function parseAddress(text: string): ServerAddress {
  if (text.startsWith("unix:")) {
    const path = text.startsWith("unix://") ? text.slice(7) : text.slice(5);
    const absoluteWanted = text.startsWith("unix://");
    if (path !== "" && (!absoluteWanted || path.startsWith("/"))) return { kind: "unix", path };
  } else {
    const match = HOST_PORT.exec(text);
    const port = match === null ? 0 : Number(match[3]);
    if (match !== null && port >= 1 && port <= 65535) {
      return { kind: "tcp", hostname: match[1] ?? match[2], port };
    }
  }
  throw new TypeError(
    `Cannot parse address: must be host:port, [ipv6]:port or unix:path: current value is '${text}'`,
  );
}

/**
 * The `:authority` of requests to an address: the address itself for TCP, `localhost` for a unix
 * socket, which has none (grpc-go sends the same; RFC 9113 §8.3.1 wants a host here).
 */
export function authorityOf(address: ServerAddress): string {
  if (address.kind === "unix") return "localhost";
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** An address as text that {@linkcode parseAddress} reads, for messages. */
export function formatAddress(address: ServerAddress): string {
  return address.kind === "unix" ? `unix:${address.path}` : authorityOf(address);
}
