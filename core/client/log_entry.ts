import type { LogLevel } from "../driver/mod.ts";

/** Who wrote a line of a session's log. */
export type LogOrigin = "beforeLease" | "afterLease" | "driver" | "system";

/** One line of a session's log. */
export interface LogEntry {
  /** Who wrote it. */
  readonly origin: LogOrigin;
  /** How much it matters. */
  readonly level: LogLevel;
  /** What happened, for a person. */
  readonly message: string;
  /** When, in ms since the epoch, where the exporter says so. */
  readonly time: number | undefined;
  /** The kind of driver, for lines about calls. */
  readonly driverType: string | undefined;
  /** The method, for lines about calls. */
  readonly operation: string | undefined;
  /** What else the exporter says. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Options of a session's log. */
export interface LogOptions {
  /** Ends the log. */
  signal?: AbortSignal;
}
