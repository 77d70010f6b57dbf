import {
  createGrpcTransport,
  type GrpcTransport,
  type GrpcTransportOptions,
} from "../client/mod.ts";
import type { MessageChannel } from "../message_channel.ts";
import { TunnelConn } from "./tunnel_conn.ts";

/** Options of {@linkcode createTunnelTransport}. */
export type TunnelTransportOptions = Omit<GrpcTransportOptions, "address" | "tls">;

/**
 * Makes a transport whose HTTP/2 connection runs inside a `RouterService.Stream` call, without TLS
 * (core-spec §2.5).
 *
 * @param open starts the outer call; called again when the connection was lost and a call needs one
 *
 * @example
 * ```ts
 * const inner = createTunnelTransport(() => outer.raw("/jumpstarter.v1.RouterService/Stream"));
 * const report = await createClient(ExporterService, inner).getReport({});
 * ```
 */
export function createTunnelTransport(
  open: (signal: AbortSignal) => MessageChannel | Promise<MessageChannel>,
  options: TunnelTransportOptions = {},
): GrpcTransport {
  return createGrpcTransport({
    ...options,
    address: async (signal) => new TunnelConn(await open(signal)),
  });
}
