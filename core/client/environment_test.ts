import assert from "node:assert/strict";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { fileURLToPath } from "node:url";
import { ClientTestDevice } from "./testing/device.ts";

/** What a script in a `jmp shell` does. */
const SCRIPT = `
import { env } from ${JSON.stringify(new URL("./mod.ts", import.meta.url).href)};
try {
  await using device = await env();
  console.log(await device.root.call("greet", ["you"]));
} catch (error) {
  console.log(error.message);
}`;

/** Runs the script with this environment and nothing of the shell that the tests may run in. */
async function runScript(env: Record<string, string>): Promise<string> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", SCRIPT],
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    env: { JUMPSTARTER_HOST: "", JMP_GRPC_INSECURE: "", JMP_GRPC_PASSPHRASE: "", ...env },
    stdin: "null",
    stderr: "inherit",
  }).output();
  assert.equal(code, 0);
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("env() attaches to the shell that it runs in", async () => {
  await using device = await serveDriver(ClientTestDevice);
  const path = device.address.replace(/^unix:/, "");
  assert.equal(await runScript({ JUMPSTARTER_HOST: path }), "hello you");
  assert.equal(await runScript({ JUMPSTARTER_HOST: device.address }), "hello you");
});

Deno.test("env() outside of a shell says what is missing", async () => {
  assert.match(await runScript({}), /^Cannot connect: JUMPSTARTER_HOST not set/);
});
