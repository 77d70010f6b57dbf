import { ConfigError, type ExporterFile, loadExporterConfig } from "@jumpstarter/core/config";
import { DriverConfigError, DriverRegistry, Logger, type LogSink } from "@jumpstarter/core/driver";
import { serveStandalone, type StandaloneExporter } from "@jumpstarter/core/exporter";
import { driverTypes } from "@jumpstarter/drivers/registry";
import { dirname, resolve } from "node:path";
import { jFolder } from "./run_j_folder.ts";
import { processLog } from "./run_log.ts";
import type { CheckedRunOptions, RunListener } from "./run_options.ts";
import { StopSignals } from "./run_signals.ts";

/**
 * Serves a board until a signal, then exits the process: 128 and the signal's number, 1 after a hook with
 * `onFailure: exit`, whatever a driver has left behind.
 *
 * @throws {ConfigError} when the exporter's file is wrong, drivers' configuration included
 * @throws {Error} when it cannot listen
 */
export async function runExporter(options: CheckedRunOptions): Promise<void> {
  const { exporter, listener, logFormat, logLevel } = options;
  const file = await loadExporterConfig(exporter);
  if (listener === undefined) {
    throw new Error("Cannot run with a controller yet: use --tls-grpc-listener");
  }
  const { name } = file.config.metadata;
  const sink = processLog({ format: logFormat, level: logLevel, context: { exporter: name } });
  const log = new Logger("exporter", sink, logLevel);
  for (const { line, column, path, message, hint } of file.warnings) {
    const place = `${file.file}:${line}:${column}: ${path}`;
    log.warn(`${place}: ${message}${hint === undefined ? "" : ` (${hint})`}`);
  }
  if (listener.passphrase !== undefined && listener.tls === undefined) {
    log.warn("The passphrase goes over the network in plain text: use --tls-cert and --tls-key");
  }
  using signals = new StopSignals((signal, count) => {
    log.info(count === 1 ? `${signal}: ending` : `${signal}: ending at once`);
  });
  using _survival = surviveDrivers(log);
  const code = await serve(file, listener, signals, sink, options);
  Deno.exit(signals.exitCode ?? code);
}

async function serve(
  file: ExporterFile,
  listener: RunListener,
  signals: StopSignals,
  sink: LogSink,
  { logLevel }: CheckedRunOptions,
): Promise<number> {
  const { hostname, port, tls, passphrase } = listener;
  const log = new Logger("exporter", sink, logLevel);
  const { beforeLease, afterLease } = file.config.hooks;
  await using programs = beforeLease ?? afterLease ? await jFolder() : undefined;
  try {
    return await serveStandalone({
      config: file.config,
      registry: new DriverRegistry(driverTypes),
      listen: { hostname, port },
      tls,
      passphrase,
      signal: signals.stop,
      force: signals.force,
      sink,
      logLevel,
      baseFolder: resolve(dirname(file.file)),
      hookPath: programs?.path,
      onListening: (exporter) => sayListening(log, file.config.metadata.name, exporter),
    });
  } catch (error) {
    if (!(error instanceof DriverConfigError)) throw error;
    const problems = error.problems.map(({ path, message, hint }) =>
      file.source.problem(path, message, { hint })
    );
    throw new ConfigError("Cannot use exporter configuration", problems);
  }
}

function sayListening(log: Logger, name: string, { address, session }: StandaloneExporter): void {
  // The root only holds the others together.
  const drivers = [...session.tree.drivers()].slice(1);
  const failed = drivers.filter((driver) => driver.failure !== undefined);
  const count = `${drivers.length} driver${drivers.length === 1 ? "" : "s"}`;
  const but = failed.length === 0 ? "" : `, ${failed.map(({ path }) => path)} failed`;
  log.info(`Exporter ${name} listens on ${address}: ${count}${but}`, {
    address,
    drivers: drivers.length,
  });
}

/** An error that no call of a driver carries, such as one in a timer of a library, is logged; the board stays in reach. */
function surviveDrivers(log: Logger): Disposable {
  const onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    sayUnexpected(log, event.reason);
  };
  const onError = (event: ErrorEvent): void => {
    event.preventDefault();
    sayUnexpected(log, event.error ?? event.message);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return {
    [Symbol.dispose]: () => {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      globalThis.removeEventListener("error", onError);
    },
  };
}

function sayUnexpected(log: Logger, error: unknown): void {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  log.error(`Unexpected error, perhaps of a driver: ${text}`);
}
