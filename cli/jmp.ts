#!/usr/bin/env -S deno run -A
/** The program `jmp`; compiled it is `j` too, by the name it is called by. */
import { isCalledJ } from "./program_name.ts";

if (import.meta.main) {
  if (Deno.build.standalone && isCalledJ()) {
    const { runJ } = await import("./j/run_j.ts");
    Deno.exit(await runJ(Deno.args));
  }
  const { runJmp } = await import("./run_jmp.ts");
  Deno.exit(await runJmp(Deno.args));
}
