import type { Command } from "commander";

/** A command of `jmp`, known before it is loaded. */
export interface LazyCommand {
  /** What calls it. */
  readonly name: string;
  /** Other words that do (cli-spec §1.3). */
  readonly aliases: readonly string[];
  /** One line for the help. */
  readonly summary: string;
  /** Loads it and adds it to the program. */
  readonly add: (program: Command) => Promise<void>;
}

/** The commands of `jmp`, in the order of its help. Each is loaded when it is called. */
export const COMMANDS: readonly LazyCommand[] = [
  {
    name: "shell",
    aliases: ["sh", "s"],
    summary: "open a shell, or run one command, with a board at hand",
    add: async (program) => (await import("./shell.ts")).shellCommand(program),
  },
  {
    name: "run",
    aliases: [],
    summary: "serve a board",
    add: async (program) => (await import("./run.ts")).runCommand(program),
  },
  {
    name: "config",
    aliases: ["conf"],
    summary: "modify configuration files",
    add: async (program) => (await import("./config_exporter.ts")).configExporterCommand(program),
  },
  {
    name: "validate",
    aliases: [],
    summary: "check an exporter configuration without touching hardware",
    add: async (program) => (await import("./validate.ts")).validateCommand(program),
  },
  {
    name: "driver",
    aliases: [],
    summary: "show the drivers that exporters can use",
    add: async (program) => (await import("./driver.ts")).driverCommand(program),
  },
  {
    name: "completion",
    aliases: [],
    summary: "print what makes a shell complete jmp and j",
    add: async (program) => (await import("./completion.ts")).completionCommand(program),
  },
  {
    name: "version",
    aliases: ["ver", "v"],
    summary: "show the version",
    add: async (program) => (await import("./version.ts")).versionCommand(program),
  },
];
