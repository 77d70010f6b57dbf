// What process_test.ts starts: the first argument says how it behaves.
import { sayReady, stdinClosed } from "../ready.ts";

const encoder = new TextEncoder();
switch (Deno.args[0]) {
  case "serve":
    Deno.stderr.writeSync(encoder.encode("starting\n"));
    sayReady(4711, "second");
    await stdinClosed();
    break;
  case "stubborn":
    Deno.addSignalListener("SIGTERM", () => Deno.stdout.writeSync(encoder.encode("not me\n")));
    setInterval(() => {}, 1_000);
    sayReady(Deno.pid);
    break;
  case "fail":
    Deno.stderr.writeSync(encoder.encode("no such board\n"));
    Deno.exit(3);
    break;
  case "silent":
    setInterval(() => {}, 1_000);
}
