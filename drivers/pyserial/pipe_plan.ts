import { UsageError } from "@jumpstarter/core/client";

/** What `pipe` is to do. */
export interface PipePlan {
  /** File for the port's output; standard output without it. */
  readonly file: string | undefined;
  /** Whether the file is appended to. */
  readonly append: boolean;
  /** Whether standard input goes to the port. */
  readonly input: boolean;
  /** Whether the port's output is read at all. */
  readonly output: boolean;
  /** What it is about to do, for a person. */
  readonly status: string;
}

/**
 * What the options of `pipe` mean together (drivers-b §3.3).
 *
 * @throws {UsageError} if they make no sense
 */
export function planPipe(
  options: Readonly<Record<string, unknown>>,
  stdinIsTerminal: boolean,
): PipePlan {
  const file = typeof options.output === "string" ? options.output : undefined;
  const append = options.append === true;
  // Where `--no-x` stands alone the parser says `x: false`, beside `--x` it says `noX: true`.
  const output = options.noOutput !== true && options.output !== false;
  const forced = options.input === true;
  const none = options.noInput === true || options.input === false;
  if (forced && none) throw new UsageError("Cannot use both --input and --no-input");
  if (!output && file !== undefined) {
    throw new UsageError("Cannot use both --no-output and --output");
  }
  if (!output && append) throw new UsageError("Cannot use both --no-output and --append");
  if (append && file === undefined) throw new UsageError("--append requires --output");
  const input = !none && (forced || !stdinIsTerminal);
  if (!output && !input) {
    throw new UsageError("--no-output requires stdin input (pipe stdin or use --input)");
  }
  let mode = "read-only";
  if (input) mode = forced ? "forced input mode" : "auto-detected piped stdin";
  return { file, append, input, output, status: statusLine(mode, input, output, file) };
}

function statusLine(
  mode: string,
  input: boolean,
  output: boolean,
  file: string | undefined,
): string {
  if (!output) {
    return `Fire-and-forget mode (${mode}): stdin→serial, no output (exits at EOF)`;
  }
  if (!input) {
    return file === undefined
      ? `Reading from serial port (${mode})... (Ctrl+C to exit)`
      : `Logging serial output to ${file} (${mode})... (Ctrl+C to exit)`;
  }
  return file === undefined
    ? `Bidirectional mode (${mode}): stdin→serial, serial→stdout (Ctrl+C to exit)`
    : `Bidirectional mode (${mode}) with logging to ${file}... (Ctrl+C to exit)`;
}
