import { ConfigError, type ExporterSelection, loadExporterConfig } from "@jumpstarter/core/config";
import { DriverConfigError, DriverRegistry } from "@jumpstarter/core/driver";
import { type LocalExporter, serveLocal } from "@jumpstarter/core/exporter";
import { driverTypes } from "@jumpstarter/drivers/registry";
import { dirname, resolve } from "node:path";
import type { Board, LogView } from "./board.ts";

/**
 * Serves the board of an exporter's file on a socket of this user's.
 *
 * @throws {ConfigError} with all that is wrong in the file
 */
export async function localBoard(selection: ExporterSelection, logs: LogView): Promise<Board> {
  const file = await loadExporterConfig(selection);
  let exporter: LocalExporter;
  try {
    exporter = await serveLocal({
      config: file.config,
      registry: new DriverRegistry(driverTypes),
      baseFolder: resolve(dirname(file.file)),
      sink: logs.all ? (record) => logs.say(logLine(record)) : undefined,
    });
  } catch (error) {
    if (!(error instanceof DriverConfigError)) throw error;
    const problems = error.problems.map(({ path, message, hint }) =>
      file.source.problem(path, message, { hint })
    );
    throw new ConfigError("Cannot use exporter configuration", problems);
  }
  return {
    context: "local",
    env: { JUMPSTARTER_HOST: exporter.path },
    messageOfTheDay: () => Promise.resolve(file.config.motd || undefined),
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}

function logLine(
  { level, logger, message }: { level: string; logger: string; message: string },
): string {
  const origin = logger.startsWith("driver.") ? "exporter:driver" : "exporter:system";
  return `${level.toUpperCase().padEnd(8)} [${origin}] ${message}`;
}
