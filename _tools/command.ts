/** How a program ended, with everything it printed. */
export interface CommandResult {
  /** Exit code. */
  readonly code: number;
  /** Standard output and standard error, one after the other, without colours. */
  readonly output: string;
  /** Standard output alone. */
  readonly stdout: string;
}

/** What a program is started with. */
export interface CommandOptions {
  /** Working folder. */
  cwd?: string;
  /** Environment, on top of the inherited one. */
  env?: Record<string, string>;
}

/** Runs a program to its end. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd,
    // A panic's stack trace helps nobody who reads the output of a check.
    env: { NO_COLOR: "1", RUST_BACKTRACE: "0", ...options.env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout);
  return { code, stdout: text, output: text + decoder.decode(stderr) };
}

/** Runs the Deno that runs this program. */
export function runDeno(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return runCommand(Deno.execPath(), args, options);
}
