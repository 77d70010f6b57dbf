import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { LogSource, type LogStreamResponse, LogStreamResponseSchema } from "@jumpstarter/proto/v1";
import type { LogRecord } from "../../driver/mod.ts";
import type { LogHub, LogItem } from "../log_hub.ts";

/** Loggers of hooks, by which their lines are told apart. */
export const BEFORE_LEASE_LOGGER = "exporter.hooks.beforeLease";
/** See {@linkcode BEFORE_LEASE_LOGGER}. */
export const AFTER_LEASE_LOGGER = "exporter.hooks.afterLease";

/** `LogStream`: every reader gets every line, those before it came included. */
export async function* logStream(
  logs: LogHub,
  signal: AbortSignal,
): AsyncGenerator<LogStreamResponse> {
  for await (const item of logs.read(signal)) yield response(item);
}

function response(item: LogItem): LogStreamResponse {
  if ("lost" in item) {
    return create(LogStreamResponseSchema, {
      severity: "WARNING",
      source: LogSource.SYSTEM,
      message: `${item.lost} lines of the log were lost: they came faster than they were read`,
    });
  }
  const { operation, driver_type, ...fields } = item.fields ?? {};
  return create(LogStreamResponseSchema, {
    severity: item.level.toUpperCase(),
    message: item.message,
    source: sourceOf(item),
    driverType: driver_type === undefined ? undefined : String(driver_type),
    operation: operation === undefined ? undefined : String(operation),
    timestamp: timestampFromMs(item.time),
    structuredFields: Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
        .map(([key, value]) => [key, String(value)]),
    ),
  });
}

/** core-spec §10.1: by the logger's name. */
function sourceOf({ logger }: LogRecord): LogSource {
  if (logger.startsWith("driver.")) return LogSource.DRIVER;
  if (logger === BEFORE_LEASE_LOGGER) return LogSource.BEFORE_LEASE_HOOK;
  if (logger === AFTER_LEASE_LOGGER) return LogSource.AFTER_LEASE_HOOK;
  return LogSource.SYSTEM;
}
