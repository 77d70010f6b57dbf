import type { Command } from "commander";
import { logLevelOption } from "../log_level_option.ts";
import { OUTPUT_FORMATS, type OutputFormat } from "../output_format.ts";
import { sayUsageFailures } from "../usage_failure.ts";

/** Options of `j` itself; they stand before the first name. */
export interface RootOptions {
  /** How results are printed. */
  output?: OutputFormat;
  /** How much is told of failures. */
  logLevel?: string;
}

/** `j` without the commands of any board. */
export function rootProgram(
  { Command, Option }: typeof import("commander"),
): { program: Command; options: () => RootOptions } {
  const program = new Command("j").description(
    "Uses the board of this shell. Alone it shows the board's drivers; each is a command.",
  ).helpOption("--help", "show this help").helpCommand(false).enablePositionalOptions();
  program.addOption(logLevelOption({ Option }));
  program.addOption(
    new Option("-o, --output <format>", "print results as data").choices(OUTPUT_FORMATS),
  );
  sayUsageFailures(program);
  return { program, options: () => program.opts() };
}

/** What can be told of arguments before there are commands. */
export interface SplitArguments {
  /** The names after `j`, up to the first option. */
  readonly words: readonly string[];
  /** `-o` before them. */
  readonly output: OutputFormat | undefined;
  /** Whether stacks are shown. */
  readonly debug: boolean;
}

/** Reads as much of the arguments as it takes to know which driver is meant. */
export function splitArguments(args: readonly string[]): SplitArguments {
  let at = 0;
  const options: Record<string, string> = {};
  while (at < args.length && args[at].startsWith("-")) {
    const [name, value] = args[at].split("=", 2);
    const key = name === "--log-level" ? "level" : /^(-o|--output)$/.test(name) ? "output" : "";
    if (key === "") break;
    options[key] = value ?? args[at + 1] ?? "";
    at += value === undefined ? 2 : 1;
  }
  const rest = args.slice(at);
  const end = rest.findIndex((word) => word.startsWith("-"));
  return {
    words: end < 0 ? rest : rest.slice(0, end),
    output: OUTPUT_FORMATS.find((format) => format === options.output),
    debug: options.level?.toUpperCase() === "DEBUG",
  };
}
