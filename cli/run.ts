import type { Command } from "commander";

/** Adds `jmp run`. */
export function runCommand(program: Command): void {
  program.command("run")
    .summary("serve a board")
    .description(
      "Serves the drivers of an exporter file: to a controller, or with --tls-grpc-listener to whoever connects.\n" +
        "SIGINT and SIGTERM end it in order (the afterLease hook runs, drivers are closed), a second one at once.",
    )
    .option("--exporter <alias>", "the exporter's name in the configuration folder")
    .option("--exporter-config <path>", "the exporter's file")
    .option(
      "--tls-grpc-listener <[host:]port>",
      "serve without a controller; host 0.0.0.0 unless given, port 0 for any free one",
    )
    .option("--tls-grpc-insecure", "listen without TLS: for closed networks and development")
    .option("--tls-cert <file>", "the listener's certificate chain, PEM")
    .option("--tls-key <file>", "the certificate's private key, PEM")
    .option("--passphrase <text>", "what clients of the listener must know")
    .option("--exit-on-lease-end", "end when the lease has ended, as exitOnLeaseEnd in the file")
    .option("--log-level <level>", "debug, info, warning, error or critical", "info")
    .option("--log-format <format>", "auto, json or text; auto is text on a terminal", "auto")
    .action(async (options) => {
      const { checkRunOptions } = await import("./run_options.ts");
      const checked = await checkRunOptions(options);
      const { runExporter } = await import("./run_exporter.ts");
      await runExporter(checked);
    });
}
