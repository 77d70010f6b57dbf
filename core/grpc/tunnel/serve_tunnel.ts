import type { ByteConn, Http2Session } from "../../http2/mod.ts";
import type { MessageChannel } from "../message_channel.ts";
import { TunnelConn } from "./tunnel_conn.ts";

/** What serves the connection inside a tunnel: a `GrpcServer`. */
export interface ConnServer {
  /** Serves one connection. */
  handle(conn: ByteConn): Http2Session;
}

/**
 * Serves the HTTP/2 connection that comes through a `RouterService.Stream` call: a client's raw call
 * (an exporter at a router) or a server's (`server.addRaw(path, (call) => serveTunnel(call, inner))`).
 * Resolves when it is over; the end of the call ends the connection and the other way round.
 */
export async function serveTunnel(call: MessageChannel, server: ConnServer): Promise<void> {
  const conn = new TunnelConn(call);
  const session = server.handle(conn);
  await session.closed;
  await conn.finished;
}
