/**
 * The network drivers' definitions, for drivers that have networks as children: they bring the schemas with them, which
 * clients do without.
 *
 * @module
 */
export {
  DbusNetwork,
  EchoNetwork,
  TcpNetwork,
  UdpNetwork,
  UnixNetwork,
  VsockNetwork,
  WebsocketNetwork,
} from "./driver.ts";
