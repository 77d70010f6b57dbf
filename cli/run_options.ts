import { LOG_LEVELS, type LogLevel } from "@jumpstarter/core/driver";
import type { ExporterSelection } from "@jumpstarter/core/config";
import type { ServerIdentity } from "@jumpstarter/core/exporter";

/** What the command line says, unchecked. */
export interface RunOptions {
  /** `--exporter` */
  exporter?: string;
  /** `--exporter-config` */
  exporterConfig?: string;
  /** `--tls-grpc-listener` */
  tlsGrpcListener?: string;
  /** `--tls-grpc-insecure` */
  tlsGrpcInsecure?: boolean;
  /** `--tls-cert` */
  tlsCert?: string;
  /** `--tls-key` */
  tlsKey?: string;
  /** `--passphrase` */
  passphrase?: string;
  /** `--exit-on-lease-end` */
  exitOnLeaseEnd?: boolean;
  /** `--log-level` */
  logLevel: string;
  /** `--log-format` */
  logFormat: string;
}

/** How log records are written. */
export type LogFormat = "auto" | "json" | "text";

/** Where to listen, and as whom. */
export interface RunListener {
  /** The address to listen on. */
  readonly hostname: string;
  /** The port; 0 for any. */
  readonly port: number;
  /** Certificate and key; without them it is plain text. */
  readonly tls?: ServerIdentity;
  /** What clients must know. */
  readonly passphrase?: string;
}

/** What the command line means. */
export interface CheckedRunOptions {
  /** Which exporter. */
  readonly exporter: ExporterSelection;
  /** Where to listen; without it the exporter goes to its controller. */
  readonly listener?: RunListener;
  /** Whether to end with the lease; the file decides unless told. */
  readonly exitOnLeaseEnd?: boolean;
  /** What has to matter at least to be written. */
  readonly logLevel: LogLevel;
  /** How it is written. */
  readonly logFormat: LogFormat;
}

const LOG_FORMATS: readonly LogFormat[] = ["auto", "json", "text"];

/**
 * Checks what was typed, and reads the certificate.
 *
 * @throws {UsageError} when options are missing or do not go together
 * @throws {Error} when the certificate or its key cannot be read
 */
export async function checkRunOptions(options: RunOptions): Promise<CheckedRunOptions> {
  const { exitOnLeaseEnd } = options;
  return {
    exporter: await selection(options),
    logLevel: await choice("--log-level", options.logLevel, LOG_LEVELS),
    logFormat: await choice("--log-format", options.logFormat, LOG_FORMATS),
    listener: await listener(options),
    exitOnLeaseEnd,
  };
}

async function selection({ exporter, exporterConfig }: RunOptions): Promise<ExporterSelection> {
  if (exporter !== undefined && exporterConfig !== undefined) {
    return await refuse("only one of --exporter, --exporter-config should be specified");
  }
  if (exporter !== undefined) return { alias: exporter };
  if (exporterConfig !== undefined) return { path: exporterConfig };
  return await refuse("one of --exporter, --exporter-config should be specified");
}

async function choice<T extends string>(
  option: string,
  value: string,
  choices: readonly T[],
): Promise<T> {
  const found = choices.find((candidate) => candidate === value.toLowerCase());
  if (found !== undefined) return found;
  return await refuse(
    `${option} must be one of ${choices.join(", ")}: current value is '${value}'`,
  );
}

async function listener(options: RunOptions): Promise<RunListener | undefined> {
  const { tlsGrpcListener, tlsGrpcInsecure, tlsCert, tlsKey, passphrase } = options;
  const hasFile = tlsCert !== undefined || tlsKey !== undefined;
  if (tlsGrpcListener === undefined) {
    if (!tlsGrpcInsecure && !hasFile && passphrase === undefined) return undefined;
    return await refuse(
      "--tls-grpc-insecure, --tls-cert, --tls-key and --passphrase require --tls-grpc-listener",
    );
  }
  if (tlsGrpcInsecure && hasFile) {
    return await refuse("--tls-grpc-insecure cannot be combined with --tls-cert / --tls-key");
  }
  if (passphrase === "") await refuse("--passphrase must not be empty");
  const address = await parseListener(tlsGrpcListener);
  if (tlsGrpcInsecure) return { ...address, passphrase };
  if (tlsCert === undefined || tlsKey === undefined) {
    return await refuse(
      "--tls-grpc-listener requires either --tls-grpc-insecure or --tls-cert and --tls-key",
    );
  }
  const [cert, key] = await Promise.all([
    readPem("--tls-cert", tlsCert),
    readPem("--tls-key", tlsKey),
  ]);
  return { ...address, passphrase, tls: { cert, key } };
}

/** Reads `PORT`, `HOST:PORT` or `[IPV6]:PORT`. */
async function parseListener(text: string): Promise<{ hostname: string; port: number }> {
  const [, host, port] = /^(?:(\[[^\]]*\]|[^:]*):)?(\d+)$/.exec(text) ?? [];
  if (port === undefined) {
    return await refuse(`--tls-grpc-listener must be [HOST:]PORT: current value is '${text}'`);
  }
  if (Number(port) > 65_535) {
    return await refuse(
      `--tls-grpc-listener: port must be between 0 and 65535: current value is '${port}'`,
    );
  }
  return { hostname: host?.replace(/^\[|\]$/g, "") || "0.0.0.0", port: Number(port) };
}

async function readPem(option: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "no such file"
      : (cause as Error).message;
    throw new Error(`Cannot read ${option}: ${reason}: current value is '${path}'`, { cause });
  }
}

/** Loaded only now: an exporter has no use for the rest of the client. */
async function refuse(message: string): Promise<never> {
  const { UsageError } = await import("@jumpstarter/core/client");
  throw new UsageError(message);
}
