import { isAtLeast, type LogLevel, type LogRecord, type LogSink } from "@jumpstarter/core/driver";
import type { LogFormat } from "./run_options.ts";

/** What {@linkcode processLog} takes. */
export interface ProcessLogOptions {
  /** How records are written; `auto`: as text on a terminal, else as JSON. */
  format: LogFormat;
  /** What has to matter at least. */
  level: LogLevel;
  /** What all records are about, such as `{"exporter": "board"}`; in JSON only. */
  context: Readonly<Record<string, string>>;
}

const encoder = new TextEncoder();

/** Writes records to standard error, a line each (core-spec §10.4). */
export function processLog({ format, level, context }: ProcessLogOptions): LogSink {
  const asText = format === "text" || format === "auto" && Deno.stderr.isTerminal();
  const fixed = { ...namespace(), ...context };
  return (record) => {
    if (!isAtLeast(record.level, level)) return;
    writeLine(asText ? textLine(record) : jsonLine(record, fixed));
  };
}

/** A record as a JSON object. */
export function jsonLine(record: LogRecord, context: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    ...context,
    level: record.level,
    logger: record.logger,
    component: "exporter",
    ...record.fields,
    ts: timestamp(record.time),
    msg: record.message,
  });
}

/** A record for a person: local time, level, who, what. */
export function textLine({ time, level, logger, message, fields }: LogRecord): string {
  const at = new Date(time);
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, "0")).join(":");
  const extras = Object.entries(fields ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${value}`).join("");
  return `${clock} ${level.toUpperCase().padEnd(8)} [${logger}] ${message}${extras}`;
}

/** UTC with microseconds. */
function timestamp(ms: number): string {
  const micros = Math.round((ms - Math.floor(ms)) * 1000) % 1000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros).padStart(3, "0")}Z`;
}

/** The Kubernetes namespace, where there is one. */
function namespace(): { namespace?: string } {
  const found = Deno.env.get("NAMESPACE") || Deno.env.get("POD_NAMESPACE") || serviceAccount();
  return found ? { namespace: found } : {};
}

function serviceAccount(): string | undefined {
  try {
    return Deno.readTextFileSync("/var/run/secrets/kubernetes.io/serviceaccount/namespace").trim();
  } catch {
    return undefined;
  }
}

function writeLine(line: string): void {
  const bytes = encoder.encode(line + "\n");
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    // Nobody reads it any more; the board is served all the same.
  }
}
