import type { JsonObject } from "@bufbuild/protobuf";
import { type Command, Option } from "commander";
import { formatData } from "./output_format.ts";

/** Adds `validate FILE`: checks an exporter's file without touching hardware. */
export function validateCommand(program: Command): void {
  program.command("validate")
    .description("Check an exporter configuration without touching hardware")
    .argument("<file>", "path of the file, or the alias of an exporter")
    .addOption(new Option("-o, --output <mode>", "print as").choices(["json"]))
    .action(validate);
}

async function validate(name: string, { output }: { output?: "json" }): Promise<void> {
  const { findExporter, formatProblem } = await import("@jumpstarter/core/config");
  const isPath = /[/\\]|\.ya?ml$/.test(name);
  const file = isPath ? name : await findExporter(name) ?? name;
  const text = await read(file);
  const { validateExporter } = await import("./validate_exporter.ts");
  const { valid, drivers, problems, warnings } = await validateExporter(text, file);
  if (!valid) Deno.exitCode = 1;
  if (output === "json") {
    const data = { file, valid, drivers, problems, warnings } as unknown as JsonObject;
    return console.log(await formatData(data, output));
  }
  for (const problem of problems) console.error(`error: ${formatProblem(problem)}`);
  for (const warning of warnings) console.error(`warning: ${formatProblem(warning)}`);
  const ignored = warnings.length === 0 ? "" : `, ${count(warnings.length, "warning")}`;
  if (valid) console.log(`${file}: valid, ${count(drivers, "driver")}${ignored}`);
  else console.error(`${file}: ${count(problems.length, "error")}${ignored}`);
}

async function read(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(`Cannot validate: no such file: current value is '${file}'`);
  }
}

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? "" : "s"}`;
