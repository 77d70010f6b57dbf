import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import type { CommandArgument, CommandOption } from "@jumpstarter/core/client";

type Parse = (text: string) => string | number;

/** Adds an argument to a command. */
export function addArgument(command: Command, argument: CommandArgument): void {
  const { name, summary, required = true, variadic = false, type = "string", choices } = argument;
  const word = variadic ? `${name}...` : name;
  const made = new Argument(required ? `<${word}>` : `[${word}]`, summary);
  const parse = parser(type);
  // Commander collects for itself only what it does not parse.
  if (choices !== undefined) made.choices(choices);
  else if (parse !== undefined && variadic) made.argParser(collect(parse));
  else if (parse !== undefined) made.argParser(parse);
  command.addArgument(made);
}

/** Adds an option to a command. */
export function addOption(command: Command, option: CommandOption): void {
  const { flags, summary, choices, repeatable = false, required = false } = option;
  const made = new Option(flags, summary);
  const parse = parser(option.type ?? "string");
  if (choices !== undefined && !repeatable) made.choices(choices);
  else if (repeatable) made.argParser(collect(parse ?? ((text) => text)));
  else if (parse !== undefined) made.argParser(parse);
  if (repeatable) made.default([], "none");
  else if (option.default !== undefined) made.default(option.default);
  if (required) made.makeOptionMandatory();
  command.addOption(made);
}

/**
 * The options of a call. Where a command has both `--x` and `--no-x`, both are told: `x` and `noX`; commander keeps only
 * the last of them.
 */
export function watchNegations(command: Command): () => Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const negated of command.options.filter((option) => option.negate)) {
    const positive = command.options.find((option) =>
      !option.negate && option.attributeName() === negated.attributeName()
    );
    if (positive === undefined) continue;
    const name = negated.attributeName();
    command.on(`option:${negated.name()}`, () => {
      given[`no${name[0].toUpperCase()}${name.slice(1)}`] = true;
    });
    command.on(`option:${positive.name()}`, (value: unknown) => given[name] = value ?? true);
  }
  return () => ({ ...command.opts(), ...given });
}

function parser(type: "string" | "integer" | "number" | "boolean"): Parse | undefined {
  if (type === "integer") return (text) => parseNumber(text, Number.isSafeInteger, "an integer");
  if (type === "number") return (text) => parseNumber(text, Number.isFinite, "a number");
  return undefined;
}

function parseNumber(text: string, isValid: (value: number) => boolean, what: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (isValid(value)) return value;
  throw new InvalidArgumentError(`It is not ${what}.`);
}

function collect(parse: Parse): (text: string, previous: unknown) => (string | number)[] {
  return (text, previous) => [...Array.isArray(previous) ? previous : [], parse(text)];
}
