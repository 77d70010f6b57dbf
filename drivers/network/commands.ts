import { Code, ConnectError } from "@connectrpc/connect";
import {
  type CommandCall,
  type CommandOption,
  type DriverCommands,
  UsageError,
} from "@jumpstarter/core/client";
import type { NetworkClient } from "./client.ts";
import type { Forward } from "./forward.ts";
import { formatHostPort, parseHostPort } from "./host_port.ts";

const ADDRESS: CommandOption = {
  flags: "--address <host>",
  summary: "Address to listen on",
  default: "localhost",
};

const PORT = { name: "port", summary: "Port to listen on, 0 for any", type: "integer" } as const;

/** Commands of network drivers (drivers-a §4.5); `forward-udp` is ours. */
export const networkCommands: DriverCommands<NetworkClient> = {
  summary: "Generic Network Connection",
  derive: false,
  commands: [
    {
      name: "forward-tcp",
      summary: "Forward a local TCP port to the device",
      args: [PORT],
      options: [ADDRESS],
      run: (client, call) =>
        forward(call, (options) => client.forwardTcp({ ...listenAt(call), ...options })),
    },
    {
      name: "forward-unix",
      summary: "Forward a local unix socket to the device",
      args: [{
        name: "path",
        summary: "Socket to listen on, a new one unless told",
        required: false,
      }],
      run: (client, call) =>
        forward(
          call,
          (options) => client.forwardUnix({ path: call.args[0] as string | undefined, ...options }),
        ),
    },
    {
      name: "forward-udp",
      summary: "Forward a local UDP port to the device",
      args: [PORT],
      options: [ADDRESS],
      run: (client, call) =>
        forward(call, (options) => client.forwardUdp({ ...listenAt(call), ...options })),
    },
    {
      name: "address",
      summary: "Show the address that the exporter connects to",
      options: [
        { flags: "--host", summary: "Only the host" },
        { flags: "--port", summary: "Only the port" },
      ],
      run: showAddress,
    },
  ],
};

function listenAt({ args, options }: CommandCall): { hostname: string; port: number } {
  const port = args[0] as number;
  if (port < 0 || port > 65535) {
    throw new UsageError(`Cannot listen: want a port from 0 to 65535: current value is ${port}`);
  }
  return { hostname: options.address as string, port };
}

type Listening = Forward & { readonly address?: string; readonly path?: string };

/** Says where it listens, and goes on until it is interrupted. */
async function forward(
  { signal, terminal }: CommandCall,
  open: (options: {
    signal: AbortSignal;
    onError: (error: unknown) => void;
  }) => Listening | Promise<Listening>,
): Promise<void> {
  const onError = (error: unknown): void =>
    terminal.note(error instanceof Error ? error.message : String(error));
  await using forward = await open({ signal, onError });
  await terminal.print(forward.address ?? forward.path ?? "");
  await forward.closed;
}

async function showAddress(
  client: NetworkClient,
  { options, signal, terminal }: CommandCall,
): Promise<void> {
  const text = await readAddress(client, signal);
  const { host, port } = parseAddress(text);
  await terminal.data({ address: text, host, port: port ?? null }, () => {
    if (options.host === options.port) {
      return port === undefined ? host : formatHostPort(host, port);
    }
    return options.host ? host : String(port ?? "");
  });
}

async function readAddress(client: NetworkClient, signal: AbortSignal): Promise<string> {
  try {
    return await client.address({ signal });
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    switch (error.code) {
      case Code.InvalidArgument:
        throw new Error(
          `enable_address mode is not true in the exporter configuration: ${error.rawMessage}`,
          { cause: error },
        );
      case Code.NotFound:
      case Code.Unimplemented:
        throw new Error(
          "This exporter does not support direct connection yet, update exporter to 0.7.1 or later",
          { cause: error },
        );
      default:
        throw error;
    }
  }
}

/** A WebSocket's URL may have a path, and no port. */
function parseAddress(text: string): { host: string; port?: number } {
  try {
    return parseHostPort(text);
  } catch {
    return { host: text.replace(/^[a-z]+:\/\//i, "") };
  }
}
