/**
 * Networks of a device under test, and what talks over their byte streams: consoles, port forwards, SSH, VNC.
 *
 * @module
 */
export * from "./client.ts";
export { Console, type ConsoleMatch, type ConsoleOptions, type ExpectOptions } from "./console.ts";
export type { ConsolePattern } from "./console_search.ts";
export type { DbusKind } from "./dbus_address.ts";
export { type DbusForward, DbusNetworkClient } from "./dbus_client.ts";
export { DbusNetworkDriver, type DbusNetworkOptions } from "./dbus_network.ts";
export { EchoNetworkDriver } from "./echo_network.ts";
export { ExpectError, type ExpectFailure } from "./expect_error.ts";
export * from "./forward.ts";
export type { UdpForwardOptions } from "./forward_udp.ts";
export { formatHostPort, type HostPort, parseHostPort } from "./host_port.ts";
export type { NovncOptions, NovncServer } from "./novnc.ts";
export type {
  SshCommandOptions,
  SshOptions,
  SshResult,
  SshSession,
  SshShell,
  SshShellOptions,
} from "./ssh_session.ts";
export type { ForwardOptions, StreamOpener } from "./stream_opener.ts";
export { type HostNetworkOptions, type Late, TcpNetworkDriver } from "./tcp_network.ts";
export { UdpNetworkDriver } from "./udp_network.ts";
export { UnixNetworkDriver, type UnixNetworkOptions } from "./unix_network.ts";
export { VsockNetworkDriver, type VsockNetworkOptions } from "./vsock_network.ts";
export { WebsocketNetworkDriver, type WebsocketNetworkOptions } from "./websocket_network.ts";
