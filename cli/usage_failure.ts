import type { Argument, Command, CommanderError } from "commander";

/** Makes a command say what is wrong with a call of it as upstream's do (cli-spec §1.7), and throw instead of exiting. */
export function sayUsageFailures(command: Command): void {
  command.exitOverride();
  // That a command has options goes without saying: all have --help.
  command.configureHelp({
    subcommandTerm: (child) =>
      [calls(child), ...child.registeredArguments.map(argumentTerm)].join(" "),
  });
  command.configureOutput({
    writeOut: (text) => writeSync(Deno.stdout, text),
    writeErr: (text) => writeSync(Deno.stderr, text),
    outputError: (text) => writeSync(Deno.stderr, usageFailureText(command, text)),
  });
}

/** What a person is told: how the command is used, where to read more, and what is wrong. */
export function usageFailureText(command: Command, message: string): string {
  const name = fullName(command);
  const text = message.trim().replace(/^error: /i, "").replace(
    /\n\(Did you mean (one of )?(.*?)\?\)$/,
    (_, several, names) => `. Did you mean ${several ?? ""}${quoteAll(names)}?`,
  );
  return `Usage: ${name} ${command.usage()}\nTry '${name} --help' for help.\n\nError: ${text}\n`;
}

/** The words that call a command. */
export function fullName(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  return names.join(" ");
}

/** Whether an error is commander's, which has been shown already. */
export function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && "exitCode" in error &&
    String((error as { code?: unknown }).code).startsWith("commander.");
}

function calls(command: Command): string {
  return [command.name(), ...command.aliases()].join("|");
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function quoteAll(names: string): string {
  return names.split(", ").map((name) => `'${name}'`).join(", ");
}

function writeSync(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}
