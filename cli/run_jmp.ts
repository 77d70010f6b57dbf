import { Command, Option } from "commander";
import { COMMANDS, type LazyCommand } from "./commands.ts";
import { completionRequest, completions } from "./complete_words.ts";
import { describeFailure } from "./failure.ts";
import { logLevelOption } from "./log_level_option.ts";
import { isCommanderError, sayUsageFailures, usageFailureText } from "./usage_failure.ts";

/** Exit code of wrong usage (cli-spec §1.6). */
const USAGE_EXIT_CODE = 2;

/** Runs `jmp` with these arguments. Returns the exit code, and never rejects. */
export async function runJmp(args: readonly string[]): Promise<number> {
  const program = jmpProgram();
  const debug = args.some((arg, at) => /^debug$/i.test(arg) && args[at - 1] === "--log-level");
  try {
    const words = completionRequest(args);
    if (words !== undefined) return await complete(program, words);
    await addCommands(program, firstWord(args));
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (isCommanderError(error)) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    if (error instanceof Error && error.name === "UsageError") {
      write(usageFailureText(calledCommand(program, args), error.message));
      return USAGE_EXIT_CODE;
    }
    const { text, exitCode } = describeFailure(error, { debug });
    write(text);
    return exitCode;
  }
  return Deno.exitCode;
}

async function complete(program: Command, words: readonly string[]): Promise<number> {
  await addCommands(program, firstWord(words));
  console.log(completions(program, words).join("\n"));
  return 0;
}

/** `jmp` without commands. */
export function jmpProgram(): Command {
  const program = new Command("jmp").description("Jumpstarter: boards for people and programs")
    .helpOption("--help", "show this help").helpCommand(false).enablePositionalOptions();
  program.addOption(logLevelOption({ Option }));
  sayUsageFailures(program);
  return program;
}

/** Adds the command that `word` calls, and of the others what the help says. */
export async function addCommands(program: Command, word: string | undefined): Promise<void> {
  for (const command of COMMANDS) {
    if (word !== undefined && [command.name, ...command.aliases].includes(word)) {
      await command.add(program);
      const added = program.commands.at(-1)!;
      if (!added.summary()) added.summary(command.summary);
      for (const alias of command.aliases) added.alias(alias);
      settle(added);
    } else addStub(program, command);
  }
}

function addStub(program: Command, { name, aliases, summary }: LazyCommand): void {
  const stub = program.command(name).summary(summary).helpOption(false).helpCommand(false)
    .allowUnknownOption();
  for (const alias of aliases) stub.alias(alias);
}

/** What all commands have in common, whoever wrote them. */
function settle(command: Command): void {
  command.helpOption("--help", "show this help").helpCommand(false);
  sayUsageFailures(command);
  for (const child of command.commands) settle(child);
}

function firstWord(args: readonly string[]): string | undefined {
  for (let at = 0; at < args.length; at++) {
    if (args[at] === "--log-level") at++;
    else if (!args[at].startsWith("-")) return args[at];
  }
  return undefined;
}

/** The command that arguments call, for the help of those who called it wrongly. */
function calledCommand(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const arg of args) {
    const child = command.commands.find((other) =>
      other.name() === arg || other.aliases().includes(arg)
    );
    if (child !== undefined) command = child;
    else if (command !== program) break;
  }
  return command;
}

function write(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
}
