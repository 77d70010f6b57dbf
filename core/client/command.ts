import type { JsonValue } from "@bufbuild/protobuf";

/** The commands of `j` that a driver brings. Those that it leaves out are derived from its descriptor. */
// deno-lint-ignore no-explicit-any -- a list of commands takes the client that stands beside them
export interface DriverCommands<C = any> {
  /** One line on what the driver is for, shown where its report says nothing. */
  readonly summary: string;
  /** The commands, in the order of the help. One with the name of an rpc goes before what is derived from that. */
  readonly commands: readonly DriverCommand<C>[];
  /**
   * Commands that depend on the device, such as those that an exporter's file names. They go before {@linkcode commands}.
   *
   * @param client the driver's client
   */
  dynamic?(client: C): Promise<readonly DriverCommand<C>[]> | readonly DriverCommand<C>[];
  /** Whether the help shows the commands of methods besides those listed. True unless told; they can be called anyway. */
  readonly derive?: boolean;
}

/** One command: `j <path> <name> <arguments>`. */
// deno-lint-ignore no-explicit-any -- as above
export interface DriverCommand<C = any> {
  /** In lower case, words joined by `-`. */
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** Arguments in their order. Only the last may be variadic. */
  readonly args?: readonly CommandArgument[];
  /** Options, besides `--help` and `-o/--output` that every command has. */
  readonly options?: readonly CommandOption[];
  /** Whether everything after the first argument is taken as it is, options too. */
  readonly passThrough?: boolean;
  /**
   * Does it.
   *
   * @returns the exit code; none is 0
   * @throws {UsageError} when the arguments make no sense together
   */
  run(client: C, call: CommandCall): Promise<number | void>;
}

/** One argument of a command. */
export interface CommandArgument {
  /** As the help shows it. */
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** Whether it must be there. True unless told. */
  readonly required?: boolean;
  /** Whether it takes all that follow. */
  readonly variadic?: boolean;
  /** What it is parsed to: `string` unless told. */
  readonly type?: "string" | "integer" | "number";
  /** The only values that it may have. */
  readonly choices?: readonly string[];
}

/** One option of a command. */
export interface CommandOption {
  /** As commander writes them: `-w, --wait <seconds>`, `--force`, `--no-power-off`. */
  readonly flags: string;
  /** One line for the help. */
  readonly summary: string;
  /** Its value where it is not given. */
  readonly default?: string | number | boolean;
  /** What it is parsed to: `string`, or `boolean` where the flags name no value. */
  readonly type?: "string" | "integer" | "number" | "boolean";
  /** The only values that it may have. */
  readonly choices?: readonly string[];
  /** Whether it may be given several times; its value is a list then. */
  readonly repeatable?: boolean;
  /** Whether it must be given. */
  readonly required?: boolean;
}

/** What a command is called with. */
export interface CommandCall {
  /** Arguments in their order; a variadic one is a list; `undefined` for those left out. */
  readonly args: readonly (string | number | string[] | undefined)[];
  /** Options by their long names in camelCase. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Aborted on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Where the command reads and writes. */
  readonly terminal: Terminal;
}

/** What a command reads from and writes to. */
export interface Terminal {
  /** Standard input. One reader at a time. */
  readonly stdin: ReadableStream<Uint8Array>;
  /** Whether standard input is a terminal. */
  readonly stdinIsTerminal: boolean;
  /** Whether standard output is a terminal. */
  readonly stdoutIsTerminal: boolean;
  /** Whether standard error is a terminal. */
  readonly stderrIsTerminal: boolean;
  /** Writes bytes to standard output. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes a line to standard output. */
  print(line: string): Promise<void>;
  /** Writes bytes to standard error. */
  writeError(bytes: Uint8Array): Promise<void>;
  /** Writes a line to standard error: what is not the result. */
  note(line: string): void;
  /**
   * Prints a result: as JSON or YAML where `-o` asks for it, otherwise what `text` makes of it. An empty text prints nothing.
   *
   * @param value the result
   * @param text the result for a person, without the last line break
   */
  data<V extends JsonValue>(value: V, text: (value: V) => string): Promise<void>;
  /**
   * Shows how far something has come: on standard error, and only on a terminal.
   *
   * @param label what is under way
   * @param total bytes in all, where known
   */
  progress(label: string, total?: number): ProgressBar;
  /** Runs with the terminal in raw mode, if standard input is one, and puts it back afterwards. */
  raw<T>(run: () => Promise<T>): Promise<T>;
}

/** How far something has come. */
export interface ProgressBar extends Disposable {
  /** Shows that so many bytes are done, from the start on. */
  update(bytes: number): void;
  /** Shows the end. Further calls have no effect. */
  done(): void;
}

/** A command was called with arguments that make no sense. Exit code 2 in `jmp`, 1 in `j`, as upstream's. */
export class UsageError extends Error {
  /** The class's name. */
  override readonly name = "UsageError";
}
