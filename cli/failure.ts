/** How a program that failed ends. */
export interface FailureReport {
  /** What to write to standard error. */
  readonly text: string;
  /** The exit code. */
  readonly exitCode: number;
}

/** What a failed call knows of itself: {@linkcode DeviceError}, without loading it. */
interface CallFailure extends Error {
  readonly rawMessage?: string;
  readonly kind?: string;
  readonly advice?: string;
  readonly exitCode?: number;
  readonly path?: string;
}

/**
 * What a person is told of an error: one line, and what to do where that is known. The stack is for those who look into
 * the program itself.
 *
 * @param usageExitCode exit code of wrong usage: 2 in `jmp`, 1 in `j` (cli-spec §1.6)
 */
export function describeFailure(
  error: unknown,
  { debug = false, usageExitCode = 2 }: { debug?: boolean; usageExitCode?: number } = {},
): FailureReport {
  if (!(error instanceof Error)) return { text: `Error: ${error}\n`, exitCode: 1 };
  // Whoever read the output has gone: `j storage list / | head -1`.
  if (error instanceof Deno.errors.BrokenPipe) return { text: "", exitCode: 1 };
  const { rawMessage, message, kind, advice, exitCode, path } = error as CallFailure;
  if (error.name === "UsageError") {
    return { text: `Error: ${message}\n`, exitCode: usageExitCode };
  }
  const where = path ? `${path}: ` : "";
  const said = rawMessage ?? message;
  const lines = [`Error: ${where}${said === "" ? error.name : said}`];
  if (kind !== undefined && advice !== undefined) lines.push(advice);
  if (debug && error.stack !== undefined) lines.push(error.stack);
  for (let cause = error.cause; debug && cause instanceof Error; cause = cause.cause) {
    lines.push(`caused by ${cause.stack}`);
  }
  return { text: `${lines.join("\n")}\n`, exitCode: exitCode ?? 1 };
}
