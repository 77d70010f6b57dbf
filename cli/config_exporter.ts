import { UsageError } from "@jumpstarter/core/client";
import type { JsonObject } from "@bufbuild/protobuf";
import { type Command, Option } from "commander";
import { openEditor } from "./open_editor.ts";
import { formatData } from "./output_format.ts";
import { table } from "./table.ts";

const pathOutput = (): Option =>
  new Option("-o, --output <mode>", "print the path").choices(["path"]);

const ALIAS = ["[alias]", "name of the file", "default"] as const;

/** What `create` is told. */
interface CreateOptions {
  namespace?: string;
  name?: string;
  endpoint?: string;
  token?: string;
  insecureTls?: boolean;
  nointeractive?: boolean;
  output?: "path";
}

/** Adds `config exporter …`: the user's exporter files. */
export function configExporterCommand(program: Command): void {
  const config = program.commands.find((command) => command.name() === "config") ??
    program.command("config").description("Modify configuration files");
  const group = config.command("exporter").description("Modify exporter configuration files");

  group.command("create").description("Create an exporter configuration")
    .argument(...ALIAS)
    .option("--namespace <text>", "namespace of the exporter; asked for when absent")
    .option("--name <text>", "name of the exporter; asked for when absent")
    .option("--endpoint <host:port>", "the controller; asked for when absent")
    .option("--token <text>", "what the exporter shows the controller; asked for when absent")
    .option("-k, --insecure-tls", "do not check the controller's certificate")
    .option("--nointeractive", "do not ask for confirmation")
    .addOption(pathOutput())
    .action(create);

  group.command("delete").description("Delete an exporter configuration")
    .argument(...ALIAS)
    .addOption(pathOutput())
    .action(remove);

  group.command("edit").description("Edit an exporter configuration in $VISUAL or $EDITOR")
    .argument(...ALIAS)
    .action(edit);

  group.command("list").description("List exporter configurations")
    .addOption(
      new Option("-o, --output <mode>", "print as").choices(["json", "yaml", "name"]),
    )
    .action(list);
}

async function create(alias: string, options: CreateOptions): Promise<void> {
  const { exporterPath, saveExporterConfig } = await import("@jumpstarter/core/config");
  const path = checked(() => exporterPath(alias));
  if (await exists(path)) throw new Error(`exporter "${alias}" exists`);
  const { askText, askYesNo } = await import("./ask_line.ts");
  const namespace = options.namespace ?? askText("Namespace");
  const name = options.name ?? askText("Name");
  const endpoint = options.endpoint ?? askText("Endpoint");
  const token = options.token ?? askText("Token");
  const insecure = options.insecureTls === true;
  if (insecure && !options.nointeractive) {
    if (!askYesNo("The controller's certificate will not be checked. Continue?")) {
      throw new Error("Aborted by user.");
    }
  }
  const { newExporterConfig } = await import("./config_exporter_files.ts");
  await saveExporterConfig(
    alias,
    newExporterConfig({ namespace, name, endpoint, token, insecure }),
  );
  if (options.output === "path") console.log(path);
}

async function remove(alias: string, options: { output?: "path" }): Promise<void> {
  const { exporterPath } = await import("@jumpstarter/core/config");
  checked(() => exporterPath(alias));
  const { deleteExporter } = await import("./config_exporter_files.ts");
  const { path, remaining } = await deleteExporter(alias);
  if (options.output === "path") console.log(path);
  if (remaining === undefined) return;
  console.error(
    `Warning: ${path} deleted, but a system config at ${remaining} still exists and will now be used.`,
  );
}

async function edit(alias: string): Promise<void> {
  const { exporterPath, findExporter } = await import("@jumpstarter/core/config");
  checked(() => exporterPath(alias));
  const path = await findExporter(alias);
  if (path === undefined) throw new Deno.errors.NotFound(`exporter "${alias}" does not exist`);
  await openEditor(path);
  const { checkExporterFile, formatProblem } = await import("@jumpstarter/core/config");
  const { problems } = checkExporterFile(await Deno.readTextFile(path), path);
  for (const problem of problems) console.error(formatProblem(problem));
  if (problems.length > 0) Deno.exitCode = 1;
}

async function list({ output }: { output?: "json" | "yaml" | "name" }): Promise<void> {
  const { listExporters } = await import("@jumpstarter/core/config");
  if (output === "json" || output === "yaml") {
    const { describeExporters } = await import("./config_exporter_files.ts");
    const { list, problems } = await describeExporters();
    console.log(await formatData(list as JsonObject, output));
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) Deno.exitCode = 1;
    return;
  }
  const entries = await listExporters();
  if (output === "name") return entries.forEach(({ alias }) => console.log(alias));
  if (entries.length === 0) return console.log("No resources found.");
  console.log(table(["ALIAS", "PATH"], entries.map(({ alias, path }) => [alias, path])));
}

/** An alias that is none is a mistake in the call. */
function checked<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
