import type { ZodType } from "zod";
import type { $ZodIssue } from "zod/v4/core";
import type { ConfigProblem, KeyPath } from "./config_problem.ts";
import { schemaProblems } from "./schema_problems.ts";
import type { YamlSource } from "./yaml_source.ts";

/** Where problems are collected while a file is read. */
export interface Findings {
  /** What makes the file unusable. */
  readonly problems: ConfigProblem[];
  /** What is ignored, though somebody wrote it. */
  readonly warnings: ConfigProblem[];
}

/** What {@linkcode checkValue} may be told. */
export interface CheckOptions {
  /** Whether unknown keys at a place, relative to the value, are only warned of. Default: everywhere. */
  readonly tolerant?: (path: readonly PropertyKey[]) => boolean;
  /** The value, where it is not what stands in the file. */
  readonly value?: unknown;
  /** Says of an unknown key why it is ignored, instead of that it is unknown. */
  readonly explain?: (key: string) => string | undefined;
}

/**
 * Checks what stands at a place of a file.
 *
 * @param source The file.
 * @param path The place.
 * @param schema What it should be; strict about keys.
 * @param found Takes what is wrong.
 * @returns The value, or `undefined` if it cannot be used.
 */
export function checkValue<T>(
  source: YamlSource,
  path: KeyPath,
  schema: ZodType<T>,
  found: Findings,
  options: CheckOptions = {},
): T | undefined {
  const { tolerant = () => true, explain = () => undefined } = options;
  const value = "value" in options ? options.value : source.at(path);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const passable = (issue: $ZodIssue): issue is $ZodIssue & { code: "unrecognized_keys" } =>
    issue.code === "unrecognized_keys" && tolerant(issue.path);
  const issues: readonly $ZodIssue[] = result.error.issues;
  for (const issue of issues.filter(passable)) {
    for (const key of issue.keys) {
      const reason = explain(key);
      const problems = reason === undefined
        ? schemaProblems(source, path, schema, [{ ...issue, keys: [key] }])
        : [source.problem([...path, ...issue.path as KeyPath, key], reason, { pointed: "key" })];
      found.warnings.push(...problems);
    }
  }
  const bad = issues.filter((issue) => !passable(issue));
  found.problems.push(...schemaProblems(source, path, schema, bad));
  if (bad.length > 0) return;
  return schema.parse(without(value, issues.filter(passable)));
}

/** A copy of `value` that lacks the keys that the schema does not know. */
function without(value: unknown, issues: readonly ($ZodIssue & { keys: string[] })[]): unknown {
  const copy = structuredClone(value);
  for (const { path, keys } of issues) {
    let inner = copy as Record<PropertyKey, unknown>;
    for (const part of path) inner = inner[part] as Record<PropertyKey, unknown>;
    for (const key of keys) delete inner[key];
  }
  return copy;
}
