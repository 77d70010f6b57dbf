import { type Command, Option } from "commander";
import { formatData, OUTPUT_FORMATS, type OutputFormat } from "./output_format.ts";
import { table } from "./table.ts";

/** Adds `jmp driver …`. */
export function driverCommand(program: Command): void {
  const group = program.command("driver").description("Show the drivers that exporters can use");
  group.command("list").alias("ls").description("List the drivers that come with Jumpstarter")
    .addOption(new Option("-o, --output <format>", "print as data").choices(OUTPUT_FORMATS))
    .action(async ({ output }: { output?: OutputFormat }) => {
      const { driverTypes } = await import("@jumpstarter/drivers/registry");
      const drivers = Object.keys(driverTypes)
        .map((type) => ({ name: type.split(".").at(-1)!, type }))
        .sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
      const text = output === undefined
        ? table(["NAME", "TYPE"], drivers.map(({ name, type }) => [name, type]))
        : await formatData({ drivers }, output);
      console.log(text);
    });
}
