import { INTERRUPTED_EXIT_CODE, listenForInterrupt } from "../interrupt.ts";
import { jFolder } from "../run_j_folder.ts";
import type { Board, LogView } from "./board.ts";
import { runChild } from "./run_child.ts";
import { type BoardChoice, chooseBoard, type ShellOptions } from "./shell_options.ts";
import { interactiveShell, type ShellProgram } from "./shell_program.ts";

/**
 * Opens a shell, or runs a command, with a board at hand.
 *
 * @returns the exit code of the shell or command; 2 after Ctrl-C
 * @throws {UsageError} if it is not clear which board is meant
 */
export async function runShell(
  command: readonly string[],
  options: ShellOptions,
): Promise<number> {
  const choice = chooseBoard(options);
  const logs: LogView = { all: options.exporterLogs === true, say };
  let board: Board;
  {
    using interrupt = listenForInterrupt();
    try {
      board = await openBoard(choice, logs, interrupt.signal);
    } catch (error) {
      if (interrupt.received === undefined) throw error;
      say(`${interrupt.received} received, terminating`);
      return INTERRUPTED_EXIT_CODE;
    }
  }
  await using _board = board;
  await using programs = await jFolder();
  const program = command.length > 0
    ? { command: command[0], args: command.slice(1), env: {} }
    : interactiveShell(board.context, (name) => Deno.env.get(name));
  if (command.length === 0) {
    const message = await board.messageOfTheDay();
    if (message !== undefined) console.log(message.trimEnd());
  }
  return await runChild(withBoard(program, board, programs.path), say);
}

async function openBoard(choice: BoardChoice, logs: LogView, signal: AbortSignal): Promise<Board> {
  if (choice.kind === "local") {
    const { localBoard } = await import("./local_board.ts");
    return await localBoard(choice.exporter, logs);
  }
  const { directBoard } = await import("./direct_board.ts");
  return await directBoard(choice.board, logs, signal);
}

/** The program with the board, and `j`, in its environment. */
function withBoard(program: ShellProgram, board: Board, folder: string): ShellProgram {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const env = {
    ...program.env,
    ...board.env,
    JMP_DRIVERS_ALLOW: "UNSAFE",
    _JMP_SUPPRESS_DRIVER_WARNINGS: "1",
    PATH: [folder, Deno.env.get("PATH")].filter(Boolean).join(separator),
  };
  return { ...program, env };
}

function say(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
}
