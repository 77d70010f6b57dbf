/** HTTP/2 connections inside `RouterService.Stream` calls. */
export { type ConnServer, serveTunnel } from "./serve_tunnel.ts";
export { TunnelConn, type TunnelConnOptions } from "./tunnel_conn.ts";
export { createTunnelTransport, type TunnelTransportOptions } from "./tunnel_transport.ts";
