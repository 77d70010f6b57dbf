import type { Command } from "commander";
import type { CommandCall, DriverCommand } from "@jumpstarter/core/client";
import { OUTPUT_FORMATS, type OutputFormat } from "../output_format.ts";
import { ProcessTerminal } from "../terminal.ts";
import { sayUsageFailures } from "../usage_failure.ts";
import { addArgument, addOption, watchNegations } from "./command_arguments.ts";

/** What commands of drivers run with. */
export interface CommandScope {
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** How results are printed where the command does not say. */
  readonly output: OutputFormat | undefined;
  /** Takes the exit code of the command that ran. */
  setExitCode(code: number): void;
}

/**
 * Adds a driver's command below that of the driver.
 *
 * @param client makes the driver's client; only called when the command runs
 * @param hidden whether the help is silent about it
 */
export function addDriverCommand(
  parent: Command,
  { name, summary, args = [], options = [], passThrough = false, run }: DriverCommand,
  client: () => unknown,
  scope: CommandScope,
  hidden = false,
): Command {
  const command = parent.command(name, { hidden }).summary(firstSentence(summary)).description(
    summary,
  )
    .helpOption("--help", "show this help");
  sayUsageFailures(command);
  for (const argument of args) addArgument(command, argument);
  for (const option of options) addOption(command, option);
  const output = outputFlags(options.map(({ flags }) => flags));
  if (output !== undefined) {
    addOption(command, {
      flags: output,
      summary: "print the result as data",
      choices: OUTPUT_FORMATS,
    });
  }
  if (passThrough) command.allowUnknownOption().passThroughOptions();
  const given = watchNegations(command);
  command.action(async () => {
    const values = given();
    const call: CommandCall = {
      args: args.map((_, at) => command.processedArgs[at]),
      options: values,
      signal: scope.signal,
      terminal: new ProcessTerminal({
        output: (output === undefined ? undefined : values.output as OutputFormat) ?? scope.output,
      }),
    };
    const code = await run(client(), call);
    if (typeof code === "number") scope.setExitCode(code);
  });
  return command;
}

/** What a list of commands says of one; the rest is in its own help. */
function firstSentence(text: string): string {
  return /^(.+?)\.?(?:(?<=\.)\s|\n|$)/.exec(text)?.[1] ?? text;
}

/** `-o, --output`, as far as the command's own options leave it. */
function outputFlags(taken: readonly string[]): string | undefined {
  const words = new Set(taken.flatMap((flags) => flags.split(/[ ,|]+/)));
  if (words.has("--output")) return undefined;
  return words.has("-o") ? "--output <format>" : "-o, --output <format>";
}
