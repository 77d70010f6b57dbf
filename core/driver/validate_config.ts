import { didYouMean } from "../config/internal_mod.ts";
import type { DriverDefinition } from "./definition.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";
import type { ConfigProblem } from "./node_config.ts";

/** What every driver's `config:` may say (core-spec §6.1). */
export interface BaseConfig {
  /** The driver's identity; a random UUID unless told. */
  readonly uuid?: string;
  /** Labels of its report. */
  readonly labels: Readonly<Record<string, string>>;
  /** What its logger lets through. */
  readonly logLevel: LogLevel;
}

/** What {@linkcode validateDriverConfig} found. */
export interface ValidConfig {
  /** The driver's own configuration, as its schema made it; undefined if there are problems. */
  readonly config: unknown;
  /** The framework's part. */
  readonly base: BaseConfig;
  /** What is wrong; empty if nothing is. Paths begin inside `config`. */
  readonly problems: readonly ConfigProblem[];
}

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Checks a driver's `config:` against its schema, without touching a device. */
export function validateDriverConfig(
  definition: DriverDefinition,
  raw: Readonly<Record<string, unknown>>,
): ValidConfig {
  const problems: ConfigProblem[] = [];
  const { uuid, labels, log_level, ...own } = raw;
  if (uuid !== undefined && !(typeof uuid === "string" && UUID.test(uuid))) {
    problems.push({ path: ["uuid"], message: `want a UUID: current value is ${show(uuid)}` });
  }
  if (labels !== undefined && !isTextMap(labels)) {
    problems.push({ path: ["labels"], message: "want a map from text to text" });
  }
  const level = String(log_level ?? "info").toLowerCase();
  if (!LOG_LEVELS.includes(level as LogLevel)) {
    problems.push({
      path: ["log_level"],
      message: `want one of ${LOG_LEVELS.join(", ")}: current value is ${show(log_level)}`,
      hint: didYouMean(level, LOG_LEVELS),
    });
  }
  const result = definition.config.safeParse(own);
  if (!result.success) {
    for (const issue of result.error.issues) problems.push(...problemsOf(issue, definition, own));
  }
  return {
    config: result.data,
    base: {
      uuid: typeof uuid === "string" ? uuid.toLowerCase() : undefined,
      labels: isTextMap(labels) ? labels : {},
      logLevel: level as LogLevel,
    },
    problems,
  };
}

/** zod's issue, as far as it is looked at. */
interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function problemsOf(issue: Issue, { config }: DriverDefinition, raw: unknown): ConfigProblem[] {
  const path = issue.path.map((key) => typeof key === "number" ? key : String(key));
  if (issue.code === "unrecognized_keys" && issue.keys !== undefined) {
    const known = path.length === 0 ? keysOf(config) : [];
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: known.length > 0
        ? `no such key: known are ${[...known, "log_level", "uuid", "labels"].join(", ")}`
        : "no such key",
      hint: didYouMean(key, known),
    }));
  }
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], raw);
  const current = value === undefined ? "it is missing" : `current value is ${show(value)}`;
  return [{ path, message: `${issue.message}: ${current}` }];
}

/** The keys of an object's schema. */
function keysOf(schema: object): string[] {
  return Object.keys((schema as { shape?: object }).shape ?? {});
}

function isTextMap(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === "string");
}

const show = (value: unknown): string =>
  typeof value === "string" ? `'${value}'` : JSON.stringify(value) ?? String(value);
