/** `jmp run` alone, until the whole `jmp` is there. */
import { Command } from "commander";
import { runCommand } from "../../cli/run.ts";

const program = new Command("jmp");
runCommand(program);
await program.parseAsync(["deno", "jmp", ...Deno.args]);
