import type { Command } from "commander";

/** What asks for completions: `jmp __complete -- WORDS`, the words before the one that is typed. */
export const COMPLETE = "__complete";

/** Variable with what is typed of the word. */
const CURRENT = "_JMP_COMPLETE_CURRENT";

/** The words of a request for completions; undefined if it is none. */
export function completionRequest(args: readonly string[]): readonly string[] | undefined {
  if (args[0] !== COMPLETE) return undefined;
  return args[1] === "--" ? args.slice(2) : args.slice(1);
}

/** What can follow these words: commands, and options where one is begun. */
export function completions(
  program: Command,
  words: readonly string[],
  current: string = Deno.env.get(CURRENT) ?? "",
): string[] {
  let command = program;
  for (const word of words) {
    const child = command.commands.find((other) =>
      other.name() === word || other.aliases().includes(word)
    );
    if (child !== undefined) command = child;
  }
  const options = command.options.flatMap(({ long }) => long ?? []);
  const found = current.startsWith("-")
    ? [...options, "--help"]
    : command.createHelp().visibleCommands(command).map((child) => child.name());
  return found.filter((word) => word.startsWith(current)).sort();
}
