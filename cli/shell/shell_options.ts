import { UsageError } from "@jumpstarter/core/client";
import type { ExporterSelection } from "@jumpstarter/core/config";

/** What the command line of `jmp shell` says, unchecked. */
export interface ShellOptions {
  /** `--exporter` */
  exporter?: string;
  /** `--exporter-config` */
  exporterConfig?: string;
  /** `--tls-grpc` */
  tlsGrpc?: string;
  /** `--tls-grpc-insecure` */
  tlsGrpcInsecure?: boolean;
  /** `--tls-ca` */
  tlsCa?: string;
  /** `--passphrase` */
  passphrase?: string;
  /** `--exporter-logs` */
  exporterLogs?: boolean;
}

/** An exporter that listens somewhere. */
export interface DirectBoard {
  /** `host:port` */
  readonly host: string;
  /** Whether it listens without TLS. */
  readonly insecure: boolean;
  /** File with certificates to trust. */
  readonly ca: string | undefined;
  /** What it asks for. */
  readonly passphrase: string | undefined;
}

/** Where the board is: at an exporter's of our own, or of somebody else. */
export type BoardChoice =
  | { readonly kind: "local"; readonly exporter: ExporterSelection }
  | { readonly kind: "direct"; readonly board: DirectBoard };

/** Which board is meant. @throws {UsageError} when it is none, or several */
export function chooseBoard(options: ShellOptions): BoardChoice {
  const { exporter, exporterConfig, tlsGrpc, tlsGrpcInsecure = false, tlsCa, passphrase } = options;
  const given = [
    exporter !== undefined && "--exporter",
    exporterConfig !== undefined && "--exporter-config",
    tlsGrpc !== undefined && "--tls-grpc",
  ].filter((name) => name !== false);
  if (given.length === 0) {
    throw new UsageError("one of --exporter, --exporter-config, --tls-grpc should be specified");
  }
  if (given.length > 1) throw new UsageError(`only one of ${given.join(", ")} should be specified`);
  if (tlsGrpc === undefined) {
    if (tlsGrpcInsecure || passphrase !== undefined || tlsCa !== undefined) {
      throw new UsageError("--tls-grpc-insecure, --tls-ca and --passphrase require --tls-grpc");
    }
    const selection = exporter === undefined ? { path: exporterConfig! } : { alias: exporter };
    return { kind: "local", exporter: selection };
  }
  const port = Number(/:(\d{1,5})$/.exec(tlsGrpc)?.[1]);
  if (!(port >= 1 && port <= 65535)) {
    throw new UsageError(`--tls-grpc must be HOST:PORT: current value is '${tlsGrpc}'`);
  }
  if (tlsGrpcInsecure && tlsCa !== undefined) {
    throw new UsageError("--tls-grpc-insecure cannot be combined with --tls-ca");
  }
  return {
    kind: "direct",
    board: { host: tlsGrpc, insecure: tlsGrpcInsecure, ca: tlsCa, passphrase },
  };
}
