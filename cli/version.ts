import { type Command, Option } from "commander";
import manifest from "./deno.json" with { type: "json" };
import { formatData, OUTPUT_FORMATS, type OutputFormat } from "./output_format.ts";

/** The version of this program. */
export const VERSION: string = manifest.version;

/** Adds `jmp version`. */
export function versionCommand(program: Command): void {
  program.command("version").description("Show the version")
    .addOption(
      new Option("-o, --output <format>", "print as data").choices([...OUTPUT_FORMATS, "name"]),
    )
    .action(async ({ output }: { output?: OutputFormat | "name" }) => {
      const path = Deno.build.standalone
        ? Deno.execPath()
        : new URL(".", import.meta.url).pathname.replace(/\/$/, "");
      const text = output === undefined || output === "name"
        ? `Jumpstarter v${VERSION} from ${path} (Deno ${Deno.version.deno})`
        : await formatData({ gitVersion: `v${VERSION}`, denoVersion: Deno.version.deno }, output);
      console.log(text);
    });
}
