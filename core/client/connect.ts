import { Code, ConnectError } from "@connectrpc/connect";
import { ExporterService } from "@jumpstarter/proto/v1";
import {
  createGrpcTransport,
  type OpenConnection,
  type TlsClientOptions,
} from "../grpc/internal_mod.ts";
import type { ConnectOptions } from "./connect_options.ts";
import { Connection } from "./connection.ts";
import type { Device } from "./device.ts";
import { DeviceError } from "./device_error.ts";
import { RemoteDevice } from "./remote_device.ts";

/** Time until the exporter has sent its report, in ms: as long as the transport tries to connect. */
const CONNECT_TIMEOUT_MS = 20_000;

/** Upstream's words for a passphrase that is not the exporter's. */
const WRONG_PASSPHRASE = "Authentication failed: invalid or missing passphrase";

/**
 * Connects to an exporter and reads its tree of drivers.
 *
 * @example
 * ```ts
 * import { connect } from "@jumpstarter/core/client";
 * import { PowerClient } from "@jumpstarter/drivers/power";
 *
 * await using device = await connect({ host: "127.0.0.1:19090", insecure: true });
 * await device.get("dut.power", PowerClient).on();
 * ```
 *
 * @throws {TypeError} if the address is malformed or missing
 * @throws {DeviceError} `unreachable` if nobody answers, `unauthenticated` if the passphrase is wrong
 */
export async function connect(options: ConnectOptions = {}): Promise<Device> {
  const { host, tls, insecure, passphrase } = options.host === undefined
    ? { ...fromEnvironment(), ...options, host: hostFromEnvironment() }
    : options;
  const { address, network } = target(host!);
  const transport = createGrpcTransport({
    address,
    tls: network && !insecure ? tls ?? true : false,
  });
  const metadata = passphrase === undefined
    ? undefined
    : { "x-jumpstarter-passphrase": passphrase };
  const connection = new Connection(transport, metadata);
  try {
    const { signal, timeoutMs = CONNECT_TIMEOUT_MS } = options;
    const { getReport } = ExporterService.method;
    const report = await connection.unary(getReport, {}, { signal, timeoutMs });
    return new RemoteDevice(typeof address === "string" ? address : "peer", connection, report);
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    if (error instanceof DeviceError && error.code === Code.Unauthenticated) {
      throw new DeviceError(
        new ConnectError(WRONG_PASSPHRASE, error.code, undefined, undefined, error),
      );
    }
    throw error;
  }
}

/**
 * Connects to the exporter of the `jmp shell` that this program runs in.
 *
 * @throws {TypeError} if it runs in none
 */
export function env(options: Pick<ConnectOptions, "signal" | "timeoutMs"> = {}): Promise<Device> {
  return connect(options);
}

/** The environment of `jmp shell` (core-spec §8.7): over TCP without `JMP_GRPC_INSECURE` it is TLS. */
function fromEnvironment(): ConnectOptions {
  const insecure = Deno.env.get("JMP_GRPC_INSECURE") === "1" ||
    Deno.env.get("JUMPSTARTER_GRPC_INSECURE") === "1";
  return { insecure, tls: tlsFromEnvironment(), passphrase: Deno.env.get("JMP_GRPC_PASSPHRASE") };
}

/** Certificates to trust besides the system's: upstream's client has no such setting. */
function tlsFromEnvironment(): TlsClientOptions | undefined {
  const path = Deno.env.get("JMP_GRPC_CA");
  return path ? { ca: Deno.readTextFileSync(path) } : undefined;
}

function hostFromEnvironment(): string {
  const host = Deno.env.get("JUMPSTARTER_HOST");
  if (host) return host;
  throw new TypeError(
    "Cannot connect: JUMPSTARTER_HOST not set: run inside jmp shell, or name a host",
  );
}

/** Text after the last colon that is a port makes an address of TCP; anything else is a path (core-spec §8.5). */
function target(
  host: string | OpenConnection,
): { address: string | OpenConnection; network: boolean } {
  if (typeof host === "function") return { address: host, network: false };
  if (host.startsWith("unix:")) return { address: host, network: false };
  const port = /:(\d{1,5})$/.exec(host)?.[1];
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65535) {
    return { address: host, network: true };
  }
  return { address: `unix:${host}`, network: false };
}
