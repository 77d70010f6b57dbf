#!/usr/bin/env -S deno run -A
/** The program `j`: the board of this shell as commands. */
import { runJ } from "./j/run_j.ts";

if (import.meta.main) Deno.exit(await runJ(Deno.args));
