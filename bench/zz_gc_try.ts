import { Command } from "commander";
import { runCommand } from "../cli/run.ts";
const c = Deno.dlopen("libc.so.6", { malloc_trim: { parameters: ["usize"], result: "i32" }, mallopt: { parameters: ["i32", "i32"], result: "i32" } });
if (Deno.env.get("MALLOPT")) { console.error("mallopt", c.symbols.mallopt(-3, 128 * 1024), c.symbols.mallopt(-8, 2)); }
const show = (l: string) => { const s = Deno.readTextFileSync("/proc/self/status"); const m = Deno.memoryUsage(); console.error("MEM", l, "rss", (+/VmRSS:\s*(\d+)/.exec(s)![1]/1024).toFixed(0), "anon", (+/RssAnon:\s*(\d+)/.exec(s)![1]/1024).toFixed(0), "heapTotal", (m.heapTotal/2**20).toFixed(1), "used", (m.heapUsed/2**20).toFixed(2), "ext", (m.external/2**20).toFixed(1)); };
Deno.addSignalListener("SIGUSR1", () => { show("before"); c.symbols.malloc_trim(0n); show("trim"); (globalThis as any).gc(); setTimeout(() => { (globalThis as any).gc(); show("after gc");  c.symbols.malloc_trim(0n); show("trim"); }, 100); });
const program = new Command("jmp");
runCommand(program);
await program.parseAsync(["deno", "jmp", ...Deno.args]);
