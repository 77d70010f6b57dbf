import type { Command } from "commander";

/** Adds `jmp shell`. */
export function shellCommand(program: Command): void {
  program.command("shell")
    .description(
      "Opens a shell with a board at hand, or runs one command: j is bound to the board there. Without a command it\n" +
        "is $SHELL. The command's own options come after --.",
    )
    .argument("[command...]", "program and its arguments; not run by a shell")
    .option(
      "--exporter <alias>",
      "serve the board of this exporter, for as long as the shell lives",
    )
    .option("--exporter-config <path>", "serve the board of this exporter's file")
    .option("--tls-grpc <host:port>", "use the board of an exporter that listens there")
    .option("--tls-grpc-insecure", "it listens without TLS")
    .option("--tls-ca <file>", "certificates to trust besides the system's, PEM")
    .option("--passphrase <text>", "what that exporter asks for")
    .option("--exporter-logs", "show all that the exporter logs; its hooks' output is shown anyway")
    .passThroughOptions()
    .action(async (command: string[], options) => {
      const { runShell } = await import("./shell/run_shell.ts");
      Deno.exitCode = await runShell(command, options);
    });
}
