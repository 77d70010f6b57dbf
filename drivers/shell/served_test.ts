import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { ShellClient } from "./client.ts";
import { Shell } from "./driver.ts";

const methods = {
  greet: { command: 'echo "hello $1 $GREETING"; echo err >&2; exit 3', description: "greets" },
  ticks: "echo $$; exec sleep 1000",
};

Deno.test("a served shell: methods, output, codes, environment, mistakes", async () => {
  await using device = await serveDriver(Shell, { config: { methods } });
  const shell = device.get("", ShellClient);
  assert.deepEqual(await shell.methods(), ["greet", "ticks"]);
  assert.deepEqual(shell.node.methodsDescription, { greet: "greets" });
  const seen: string[] = [];
  const result = await shell.run("greet", ["you"], {
    env: { GREETING: "!" },
    onStderr: (text) => void seen.push(text),
  });
  assert.deepEqual(result, { code: 3, stdout: "hello you !\n", stderr: "" });
  assert.deepEqual(seen, ["err\n"]);
  await assert.rejects(shell.run("none"), { code: Code.InvalidArgument });
  await assert.rejects(shell.run("greet", [], { env: { PATH: "" } }), {
    code: Code.InvalidArgument,
  });
});

Deno.test("a served shell by name: what upstream's client sends and gets", async () => {
  await using device = await serveDriver(Shell, { config: { methods } });
  const items = [];
  for await (const item of device.root.callStreaming("call_method", ["greet", null, "you"])) {
    items.push(item);
  }
  assert.deepEqual(items.at(-1), ["", "", 3]);
  const all = (items as [string, string, number | null][]).slice(0, -1);
  assert.ok(all.every(([, , code]) => code === null));
  assert.equal(all.map(([out]) => out).join(""), "hello you \n");
  assert.equal(all.map(([, err]) => err).join(""), "err\n");
  assert.deepEqual(await device.root.call("get_methods"), ["greet", "ticks"]);
});

Deno.test("a cancelled call of a served shell ends its command", async () => {
  await using device = await serveDriver(Shell, { config: { methods } });
  const stop = new AbortController();
  let pid = 0;
  const running = device.get("", ShellClient).run("ticks", [], {
    signal: stop.signal,
    onStdout(text): void {
      pid = Number(text);
      stop.abort();
    },
  });
  await assert.rejects(running);
  assert.ok(pid > 0);
  const isRunning = (): boolean => {
    try {
      return !/\) Z/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
    } catch {
      return false;
    }
  };
  while (isRunning()) await new Promise((resolve) => setTimeout(resolve, 5));
});
