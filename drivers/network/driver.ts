import { defineDriver, type DriverDefinition } from "@jumpstarter/core/driver";
import { NetworkInterface } from "@jumpstarter/proto/driver/network/v1";
import { z } from "zod";
import { DbusNetworkDriver } from "./dbus_network.ts";
import { EchoNetworkDriver } from "./echo_network.ts";
import { type HostNetworkOptions, TcpNetworkDriver } from "./tcp_network.ts";
import { UdpNetworkDriver } from "./udp_network.ts";
import { UnixNetworkDriver } from "./unix_network.ts";
import { VsockNetworkDriver } from "./vsock_network.ts";
import { WebsocketNetworkDriver } from "./websocket_network.ts";

const client = "jumpstarter_driver_network.client.NetworkClient";
const category = "network";
const port = z.int().min(1).max(65535);

const hostConfig = z.strictObject({
  host: z.string().min(1),
  port,
  enable_address: z.boolean().default(true),
});

/** The file's names are upstream's. */
const hostOptions = (config: z.infer<typeof hostConfig>): HostNetworkOptions => ({
  host: config.host,
  port: config.port,
  enableAddress: config.enable_address,
});

/** A TCP server that the exporter can reach (drivers-a §4). */
export const TcpNetwork: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_network.driver.TcpNetwork",
  client,
  category,
  interfaces: [NetworkInterface],
  config: hostConfig,
  create: (config) => new TcpNetworkDriver(hostOptions(config)),
});

/** A UDP server that the exporter can reach: one chunk is one datagram. */
export const UdpNetwork: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_network.driver.UdpNetwork",
  client,
  category,
  interfaces: [NetworkInterface],
  config: hostConfig,
  create: (config) => new UdpNetworkDriver(hostOptions(config)),
});

/** A server on a unix socket of the exporter's machine. */
export const UnixNetwork: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_network.driver.UnixNetwork",
  client,
  category,
  interfaces: [NetworkInterface],
  config: z.strictObject({ path: z.string().min(1) }),
  create: (config) => new UnixNetworkDriver(config),
});

/** A server in a virtual machine of the exporter's, on a vsock. */
export const VsockNetwork: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_network.driver.VsockNetwork",
  client,
  category,
  interfaces: [NetworkInterface],
  config: z.strictObject({
    cid: z.int().min(0).max(0xffff_ffff),
    port: z.int().min(0).max(0xffff_ffff),
  }),
  create: (config) => new VsockNetworkDriver(config),
});

/** Sends back what it gets. */
export const EchoNetwork: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_network.driver.EchoNetwork",
  client,
  category,
  interfaces: [NetworkInterface],
  config: z.strictObject({}),
  create: () => new EchoNetworkDriver(),
});

/** A WebSocket server that the exporter can reach: one chunk is one binary message. */
export const WebsocketNetwork: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_network.driver.WebsocketNetwork",
  client,
  category,
  interfaces: [NetworkInterface],
  config: z.strictObject({
    url: z.string().regex(/^wss?:\/\/[^/]/i, "want ws:// or wss://"),
    enable_address: z.boolean().default(true),
  }),
  create: ({ url, enable_address }) =>
    new WebsocketNetworkDriver({ url, enableAddress: enable_address }),
});

/** The system's or the session's message bus of the exporter's machine. */
export const DbusNetwork: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_network.driver.DbusNetwork",
  client: "jumpstarter_driver_network.client.DbusNetworkClient",
  category,
  interfaces: [NetworkInterface],
  config: z.strictObject({ kind: z.enum(["system", "session"]) }),
  create: (config) => new DbusNetworkDriver(config),
});
