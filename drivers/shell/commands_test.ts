import assert from "node:assert/strict";
import type { Terminal } from "@jumpstarter/core/client";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { ShellClient } from "./client.ts";
import { shellCommands } from "./commands.ts";
import { Shell } from "./driver.ts";

Deno.test("each script is a command; arguments, environment, output and exit code pass through", async () => {
  const methods = {
    show_args: { command: 'echo "$GREETING:$*"; echo err >&2; exit 7', description: "shows them" },
    killed: "kill -TERM $$",
  };
  await using device = await serveDriver(Shell, { config: { methods } });
  const client = device.get("", ShellClient);
  const commands = await shellCommands.dynamic!(client);
  assert.deepEqual(commands.map(({ name, summary }) => [name, summary]), [
    ["show_args", "shows them"],
    ["killed", "Execute the killed shell method"],
  ]);
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    write: (bytes: Uint8Array) => Promise.resolve(void out.push(new TextDecoder().decode(bytes))),
    writeError: (bytes: Uint8Array) =>
      Promise.resolve(void err.push(new TextDecoder().decode(bytes))),
  } as unknown as Terminal;
  const { signal } = new AbortController();
  const run = (at: number, args: string[], env?: string[]) =>
    commands[at].run(client, { args: [args], options: { env }, signal, terminal });
  assert.equal(await run(0, ["--flag", "a b"], ["GREETING=x=y"]), 7);
  assert.equal(out.join(""), "x=y:--flag a b\n");
  assert.equal(err.join(""), "err\n");
  assert.equal(await run(1, []), 128 + 15);
  await assert.rejects(run(0, [], ["nonsense"]), {
    name: "UsageError",
    message: "Invalid --env value 'nonsense'. Use KEY=VALUE.",
  });
});
