/** How much a record matters; the names are those that upstream's clients know, in lower case. */
export type LogLevel = "debug" | "info" | "warning" | "error" | "critical";

/** One line of a driver's, or of the exporter's own, log. */
export interface LogRecord {
  /** When, in ms since the epoch; fractions are kept. */
  readonly time: number;
  /** How much it matters. */
  readonly level: LogLevel;
  /** Who says it, dotted: `driver.MockPower`, `exporter.hooks`. */
  readonly logger: string;
  /** What happened, for a person. */
  readonly message: string;
  /** What it is about: `operation`, `driver_type` and whatever else the writer knows. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Takes records. Must not throw, and must not wait. */
export type LogSink = (record: LogRecord) => void;

const RANK: Readonly<Record<LogLevel, number>> = {
  debug: 0,
  info: 1,
  warning: 2,
  error: 3,
  critical: 4,
};

/** The levels, from the least to the most important. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error", "critical"];

/** Whether `level` matters at least as much as `least`. */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return RANK[level] >= RANK[least];
}

/** Writes records of one name to a {@linkcode LogSink}, from a level on. */
export class Logger {
  /** Who says it. */
  readonly name: string;
  readonly #sink: LogSink;
  readonly #least: LogLevel;

  /** A logger that lets through what matters at least as much as `least`. */
  constructor(name: string, sink: LogSink, least: LogLevel = "info") {
    this.name = name;
    this.#sink = sink;
    this.#least = least;
  }

  /** For whoever looks into the program itself. */
  debug(message: string, fields?: Record<string, unknown>): void {
    this.log("debug", message, fields);
  }

  /** What happens in the ordinary course. */
  info(message: string, fields?: Record<string, unknown>): void {
    this.log("info", message, fields);
  }

  /** What is not as it should be, though work goes on. */
  warn(message: string, fields?: Record<string, unknown>): void {
    this.log("warning", message, fields);
  }

  /** What failed. */
  error(message: string, fields?: Record<string, unknown>): void {
    this.log("error", message, fields);
  }

  /** Writes one record. */
  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void {
    if (!isAtLeast(level, this.#least)) return;
    this.#sink({ time: Date.now(), level, logger: this.name, message, fields });
  }
}
