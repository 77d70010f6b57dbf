import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { ExporterService, LogSource, type LogStreamResponse } from "@jumpstarter/proto/v1";
import type { LogLevel } from "../driver/mod.ts";
import type { Connection } from "./connection.ts";
import { DeviceError } from "./device_error.ts";
import type { LogEntry, LogOptions, LogOrigin } from "./log_entry.ts";
import { pause } from "./pause.ts";

/** Waits between attempts, in ms, and their most in a row without a line (core-spec §10.3). */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
const MOST_ATTEMPTS = 10;

const ORIGINS: Readonly<Record<LogSource, LogOrigin>> = {
  [LogSource.UNSPECIFIED]: "system",
  [LogSource.DRIVER]: "driver",
  [LogSource.BEFORE_LEASE_HOOK]: "beforeLease",
  [LogSource.AFTER_LEASE_HOOK]: "afterLease",
  [LogSource.SYSTEM]: "system",
};

const LEVELS: Readonly<Record<string, LogLevel>> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warning",
  WARN: "warning",
  ERROR: "error",
  CRITICAL: "critical",
  FATAL: "critical",
};

/** Reads a session's log, across broken connections. Ends when the signal is aborted, or the exporter has no log. */
export async function* readLogs(
  connection: Connection,
  { signal }: LogOptions = {},
): AsyncGenerator<LogEntry, void, undefined> {
  let wait = FIRST_WAIT_MS;
  let attempts = 0;
  while (!signal?.aborted) {
    try {
      const lines = connection.serverStream(ExporterService.method.logStream, {}, { signal });
      for await (const line of lines) {
        wait = FIRST_WAIT_MS;
        attempts = 0;
        if (!isNoise(line)) yield logEntry(line);
      }
    } catch (error) {
      if (signal?.aborted) return;
      const { code } = DeviceError.of(error);
      if (code === Code.Canceled || code === Code.Unimplemented) return;
      if (++attempts > MOST_ATTEMPTS) throw error;
      await pause(wait, signal);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      continue;
    }
    return; // The exporter has ended the log, in order.
  }
}

/** One line as it came over the wire. */
export function logEntry(line: LogStreamResponse): LogEntry {
  return {
    origin: ORIGINS[line.source ?? LogSource.UNSPECIFIED] ?? "system",
    level: LEVELS[line.severity.toUpperCase()] ?? "info",
    message: line.message,
    time: line.timestamp === undefined ? undefined : timestampMs(line.timestamp),
    driverType: line.driverType,
    operation: line.operation,
    fields: line.structuredFields,
  };
}

/** What Python's gRPC says of a method that is not there, at every call. */
function isNoise({ message }: LogStreamResponse): boolean {
  return message.includes("raised by servicer method") && message.includes("NotImplementedError");
}
