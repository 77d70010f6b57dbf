import { Code, ConnectError } from "@connectrpc/connect";
import { formatHostPort } from "./host_port.ts";

/** The text is upstream's, which `j` of upstream looks for (drivers-a §4.2). */
const DISABLED = "enable_address mode is not true in the exporter configuration";

/**
 * Refuses to tell an address where the exporter's file says so.
 *
 * @throws {ConnectError} INVALID_ARGUMENT
 */
export function checkAddressEnabled(enabled = true): void {
  if (!enabled) throw new ConnectError(DISABLED, Code.InvalidArgument);
}

/** `scheme://ip:port`: the first address of the host's name, or the name where there is none. */
export async function addressOf(
  scheme: "tcp" | "udp",
  options: { host: string; port: number; enableAddress?: boolean },
): Promise<string> {
  checkAddressEnabled(options.enableAddress);
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(options.host, { verbatim: true }).catch(() => undefined);
  return `${scheme}://${formatHostPort(found?.address ?? options.host, options.port)}`;
}
