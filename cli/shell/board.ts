/** A board at hand, for as long as the shell lives. */
export interface Board extends AsyncDisposable {
  /** What the prompt names. */
  readonly context: string;
  /** What programs in the shell find it by (core-spec §8.6). */
  readonly env: Readonly<Record<string, string>>;
  /** The exporter's message of the day, for a person who opens a shell. */
  messageOfTheDay(): Promise<string | undefined>;
}

/** How the exporter's log is shown. */
export interface LogView {
  /** Whether all of it is, or hooks' output only. */
  readonly all: boolean;
  /** Writes a line to standard error. */
  say(line: string): void;
}
