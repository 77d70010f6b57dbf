import type { $ZodIssue, $ZodType } from "zod/v4/core";
import type { ConfigProblem, KeyPath } from "./config_problem.ts";
import { didYouMean } from "./nearest.ts";
import { schemaKeys } from "./schema_keys.ts";
import type { YamlSource } from "./yaml_source.ts";

/** Keys whose values are nobody's business. */
const SECRET = /token|passw|passphrase|secret|key$/i;

/**
 * What a schema found wrong, at its places in the file.
 *
 * @param source The file.
 * @param path Where in it the value stands that was checked: `["export", "power", "config"]`.
 * @param schema The schema it was checked against.
 * @param issues What zod found.
 */
export function schemaProblems(
  source: YamlSource,
  path: KeyPath,
  schema: $ZodType,
  issues: readonly $ZodIssue[],
): ConfigProblem[] {
  return issues.flatMap((issue) => problemsOf(source, path, schema, [], issue));
}

/** `prefix`: where in the schema the issue's own path begins; not empty within a union. */
function problemsOf(
  source: YamlSource,
  path: KeyPath,
  schema: $ZodType,
  prefix: readonly PropertyKey[],
  issue: $ZodIssue,
): ConfigProblem[] {
  const inner = [...prefix, ...issue.path];
  const at = [...path, ...inner.map((part) => typeof part === "symbol" ? String(part) : part)];
  if (issue.code === "unrecognized_keys") {
    const known = schemaKeys(schema, inner);
    return issue.keys.map((key) =>
      source.problem([...at, key], `unknown key '${key}'`, {
        hint: didYouMean(key, known) ?? knownKeys(known),
        pointed: "key",
      })
    );
  }
  const branch = issue.code === "invalid_union" ? likeliest(issue.errors) : undefined;
  if (branch !== undefined) {
    return branch.flatMap((each) => problemsOf(source, path, schema, inner, each));
  }
  const value = source.at(at);
  if (value === undefined && at.length > 0 && hasExpectation(issue)) {
    return [source.problem(at, `key is missing: ${expected(issue)}`, { pointed: "key" })];
  }
  const shown = SECRET.test(String(at.at(-1))) ? "not shown" : quote(value);
  const current = value === undefined ? "" : `: current value is ${shown}`;
  return [source.problem(at, `${expected(issue)}${current}`, { hint: hint(issue, value) })];
}

/** Of the alternatives of a union, the one that was got furthest in; none if all fail at its door. */
function likeliest(branches: readonly (readonly $ZodIssue[])[]): readonly $ZodIssue[] | undefined {
  const inside = branches.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === "unrecognized_keys")
  );
  return inside.sort((a, b) => a.length - b.length)[0];
}

const hasExpectation = (issue: $ZodIssue): boolean =>
  ["invalid_type", "invalid_value", "invalid_union"].includes(issue.code);

/** What was expected, in words. */
function expected(issue: $ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${article(issue.expected)}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => quote(value)).join(" or ")}`;
    case "invalid_union": {
      const kinds = new Set(issue.errors.flatMap((errors) => errors.slice(0, 1).map(expected)));
      if (kinds.size === 0) return lowered(issue.message);
      return [...kinds].map((kind, i) => i === 0 ? kind : kind.replace(/^expected /, "")).join(
        " or ",
      );
    }
    case "too_small":
    case "too_big":
      return bound(issue);
    default:
      return lowered(issue.message);
  }
}

function bound(issue: $ZodIssue & { code: "too_small" | "too_big" }): string {
  const small = issue.code === "too_small";
  const limit = small ? issue.minimum : issue.maximum;
  const least = small
    ? issue.inclusive === false ? "more than" : "at least"
    : issue.inclusive === false
    ? "less than"
    : "at most";
  const unit = issue.origin === "string"
    ? " characters"
    : issue.origin === "array"
    ? " entries"
    : "";
  return `expected ${least} ${limit}${unit}`;
}

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  map: "a mapping",
  array: "a list",
  null: "null",
};

const article = (kind: string): string => NAMES[kind] ?? kind;

const lowered = (message: string): string =>
  message.slice(0, 1).toLowerCase() + message.slice(1).replace(/\.$/, "");

/** A value as a message shows it: short. */
function quote(value: unknown): string {
  if (typeof value === "string") return `'${value.length > 60 ? `${value.slice(0, 57)}…` : value}'`;
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "a mapping" : String(value);
}

function hint(issue: $ZodIssue, value: unknown): string | undefined {
  if (issue.code === "invalid_value") return didYouMean(String(value), issue.values.map(String));
  if (issue.code !== "invalid_type") return;
  if (issue.expected === "string" && ["number", "boolean"].includes(typeof value)) {
    return `put it in quotes: '${value}'`;
  }
  return value === null ? "leave the key out for its default" : undefined;
}

function knownKeys(known: readonly string[]): string | undefined {
  if (known.length === 0) return "no keys are known here";
  return known.length > 12 ? undefined : `known keys: ${known.join(", ")}`;
}
