import type { DriverDefinition } from "@jumpstarter/core/driver";
import type { DriverClientType, DriverCommands } from "@jumpstarter/core/client";

/** How to get at the client of a driver, and at its commands, when they are needed. */
export interface ClientEntry {
  /** Loads the client's class. */
  readonly client: () => Promise<DriverClientType<unknown>>;
  /** Loads its commands of `j`. */
  // deno-lint-ignore no-explicit-any -- commands take the client that stands beside them
  readonly commands?: () => Promise<DriverCommands<any>>;
}

/** The drivers that come with Jumpstarter, by the `type` of exporter files. */
export const driverTypes: Readonly<Record<string, () => Promise<DriverDefinition>>> = {
  "jumpstarter_driver_power.driver.MockPower": async () =>
    (await import("./power/driver.ts")).MockPower,
  "jumpstarter_driver_power.driver.SyncMockPower": async () =>
    (await import("./power/driver.ts")).SyncMockPower,
  "jumpstarter_driver_qemu.driver.Qemu": async () => (await import("./qemu/driver.ts")).Qemu,
  "jumpstarter_driver_uboot.driver.UbootConsole": async () =>
    (await import("./uboot/driver.ts")).UbootConsole,
  "jumpstarter_driver_composite.driver.Composite": async () =>
    (await import("@jumpstarter/core/driver")).Composite,
  "jumpstarter_driver_pyserial.driver.PySerial": async () =>
    (await import("./pyserial/driver.ts")).PySerial,
  "jumpstarter_driver_opendal.driver.Opendal": async () =>
    (await import("./opendal/driver.ts")).Opendal,
  "jumpstarter_driver_opendal.driver.MockFlasher": async () =>
    (await import("./opendal/mock_flasher.ts")).MockFlasher,
  "jumpstarter_driver_opendal.driver.MockStorageMux": async () =>
    (await import("./opendal/mock_storage_mux.ts")).MockStorageMux,
  "jumpstarter_driver_opendal.driver.MockStorageMuxFlasher": async () =>
    (await import("./opendal/mock_storage_mux.ts")).MockStorageMuxFlasher,
  "jumpstarter_driver_network.driver.TcpNetwork": async () =>
    (await import("./network/driver.ts")).TcpNetwork,
  "jumpstarter_driver_network.driver.UdpNetwork": async () =>
    (await import("./network/driver.ts")).UdpNetwork,
  "jumpstarter_driver_network.driver.UnixNetwork": async () =>
    (await import("./network/driver.ts")).UnixNetwork,
  "jumpstarter_driver_network.driver.VsockNetwork": async () =>
    (await import("./network/driver.ts")).VsockNetwork,
  "jumpstarter_driver_network.driver.EchoNetwork": async () =>
    (await import("./network/driver.ts")).EchoNetwork,
  "jumpstarter_driver_network.driver.WebsocketNetwork": async () =>
    (await import("./network/driver.ts")).WebsocketNetwork,
  "jumpstarter_driver_network.driver.DbusNetwork": async () =>
    (await import("./network/driver.ts")).DbusNetwork,
  "jumpstarter_driver_virtual.driver.VirtualBoard": async () =>
    (await import("./virtual/driver.ts")).VirtualBoard,
  "jumpstarter_driver_shell.driver.Shell": async () => (await import("./shell/driver.ts")).Shell,
};

/** The clients that come with Jumpstarter, by the class path of upstream's client that reports name. */
export const clientClasses: Readonly<Record<string, ClientEntry>> = {
  "jumpstarter_driver_power.client.PowerClient": {
    client: async () => (await import("./power/client.ts")).PowerClient,
    commands: async () => (await import("./power/commands.ts")).powerCommands,
  },
  "jumpstarter_driver_power.client.VirtualPowerClient": {
    client: async () => (await import("./power/client.ts")).VirtualPowerClient,
    commands: async () => (await import("./power/commands.ts")).virtualPowerCommands,
  },
  "jumpstarter_driver_pyserial.client.PySerialClient": {
    client: async () => (await import("./pyserial/client.ts")).PySerialClient,
    commands: async () => (await import("./pyserial/commands.ts")).pySerialCommands,
  },
  "jumpstarter_driver_qemu.client.QemuClient": {
    client: async () => (await import("./qemu/client.ts")).QemuClient,
    commands: async () => (await import("./qemu/commands.ts")).qemuCommands,
  },
  "jumpstarter_driver_qemu.client.QemuFlasherClient": {
    client: async () => (await import("./qemu/flasher_client.ts")).QemuFlasherClient,
    commands: async () => (await import("./qemu/commands.ts")).qemuFlasherCommands,
  },
  "jumpstarter_driver_uboot.client.UbootConsoleClient": {
    client: async () => (await import("./uboot/client.ts")).UbootConsoleClient,
    commands: async () => (await import("./uboot/commands.ts")).ubootCommands,
  },
  "jumpstarter.client.flasher.FlasherClient": {
    client: async () => (await import("./flasher/client.ts")).FlasherClient,
    commands: async () => (await import("./flasher/commands.ts")).flasherCommands,
  },
  "jumpstarter.client.FlasherClient": {
    client: async () => (await import("./flasher/client.ts")).FlasherClient,
    commands: async () => (await import("./flasher/commands.ts")).flasherCommands,
  },
  "jumpstarter_driver_opendal.client.FlasherClient": {
    client: async () => (await import("./flasher/client.ts")).FlasherClient,
    commands: async () => (await import("./flasher/commands.ts")).flasherCommands,
  },
  "jumpstarter_driver_opendal.client.OpendalClient": {
    client: async () => (await import("./opendal/client.ts")).OpendalClient,
    commands: async () => (await import("./opendal/commands.ts")).opendalCommands,
  },
  "jumpstarter_driver_opendal.client.StorageMuxClient": {
    client: async () => (await import("./opendal/storage_mux_client.ts")).StorageMuxClient,
    commands: async () => (await import("./opendal/storage_mux_commands.ts")).storageMuxCommands,
  },
  "jumpstarter_driver_opendal.client.StorageMuxFlasherClient": {
    client: async () => (await import("./opendal/storage_mux_client.ts")).StorageMuxFlasherClient,
    commands: async () =>
      (await import("./opendal/storage_mux_commands.ts")).storageMuxFlasherCommands,
  },
  "jumpstarter_driver_network.client.NetworkClient": {
    client: async () => (await import("./network/client.ts")).NetworkClient,
    commands: async () => (await import("./network/commands.ts")).networkCommands,
  },
  "jumpstarter_driver_network.client.DbusNetworkClient": {
    client: async () => (await import("./network/dbus_client.ts")).DbusNetworkClient,
    commands: async () => (await import("./network/commands.ts")).networkCommands,
  },
  "jumpstarter_driver_shell.client.ShellClient": {
    client: async () => (await import("./shell/client.ts")).ShellClient,
    commands: async () => (await import("./shell/commands.ts")).shellCommands,
  },
};
