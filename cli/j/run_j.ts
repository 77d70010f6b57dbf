import type { Command } from "commander";
import { connect, type Device, type DriverNode, driverPolicy } from "@jumpstarter/core/client";
import { completionRequest, completions } from "../complete_words.ts";
import { describeFailure } from "../failure.ts";
import { INTERRUPTED_EXIT_CODE, listenForInterrupt } from "../interrupt.ts";
import { ProcessTerminal } from "../terminal.ts";
import { isCommanderError, sayUsageFailures } from "../usage_failure.ts";
import { about, deviceTreeData, deviceTreeText } from "./device_tree.ts";
import type { CommandScope } from "./driver_command.ts";
import { addNodeCommands } from "./node_commands.ts";
import { type RootOptions, rootProgram, splitArguments } from "./root_program.ts";

/** Exit code of everything that is wrong with a call of `j`, as upstream's (cli-spec §1.6). */
const USAGE_EXIT_CODE = 1;

const NOT_IN_A_SHELL =
  "Error: the j command must be used inside a jmp shell: JUMPSTARTER_HOST not set\n";

/** Runs `j` with these arguments. Returns the exit code, and never rejects. */
export async function runJ(args: readonly string[]): Promise<number> {
  const asked = completionRequest(args);
  const split = splitArguments(asked ?? args);
  const loading = import("commander"); // While the exporter is connected to.
  if (!Deno.env.get("JUMPSTARTER_HOST")) return await withoutDevice(args, await loading);
  using interrupt = listenForInterrupt();
  let code = 0;
  try {
    await using device = await connect({ signal: interrupt.signal });
    const { program, options } = rootProgram(await loading);
    const scope: CommandScope = {
      signal: interrupt.signal,
      output: split.output,
      setExitCode: (value) => code = value,
    };
    await fill(program, device, device.root, split.words, scope);
    if (asked !== undefined) {
      console.log(completions(program, asked).join("\n"));
      return 0;
    }
    if (split.words.length === 0) program.action(() => showTree(device, options()));
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (interrupt.received !== undefined) return INTERRUPTED_EXIT_CODE;
    if (isCommanderError(error)) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    const report = describeFailure(error, { debug: split.debug, usageExitCode: USAGE_EXIT_CODE });
    if (report.text !== "") new ProcessTerminal().note(report.text.trimEnd());
    return report.exitCode;
  }
  return interrupt.received === undefined ? code : INTERRUPTED_EXIT_CODE;
}

/**
 * Adds what can follow the command of a driver: its children, and its own commands if those are meant.
 *
 * @param words what the person has typed after it
 */
async function fill(
  command: Command,
  device: Device,
  node: DriverNode,
  words: readonly string[],
  scope: CommandScope,
): Promise<void> {
  const [next, ...rest] = words;
  const child = next === undefined ? undefined : node.children.get(next);
  for (const other of node.children.values()) {
    const added = addChild(command, other);
    if (other === child) await fill(added, device, child, rest, scope);
  }
  if (child !== undefined) return;
  if (!driverPolicy(Deno.env.get)(node.clientClass)) return refuse(command, node, "not allowed");
  const known = await addNodeCommands(command, device, node, next, scope);
  if (!known && node.children.size === 0) refuse(command, node, "not available");
}

function addChild(parent: Command, node: DriverNode): Command {
  const command = parent.command(node.name).summary(about(node))
    .description(node.description ?? "").helpOption("--help", "show this help").helpCommand(false);
  sayUsageFailures(command);
  return command;
}

/** A driver whose client is not here can be seen, not used (core-spec §6.7). */
function refuse(command: Command, node: DriverNode, reason: string): void {
  command.argument("[words...]").allowUnknownOption().action(() => {
    throw new Error(`Driver client '${node.clientClass}' is ${reason}`);
  });
}

async function showTree(device: Device, { output }: RootOptions): Promise<void> {
  const terminal = new ProcessTerminal({ output });
  await terminal.data(deviceTreeData(device.root), () => deviceTreeText(device.root));
}

/** Outside of a shell there is only help. */
async function withoutDevice(
  args: readonly string[],
  commander: typeof import("commander"),
): Promise<number> {
  const { program } = rootProgram(commander);
  if (args[0] !== "--help") {
    new ProcessTerminal().note(NOT_IN_A_SHELL.trimEnd());
    return USAGE_EXIT_CODE;
  }
  program.outputHelp();
  return await Promise.resolve(0);
}
