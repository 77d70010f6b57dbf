import assert from "node:assert/strict";
import type { CommandCall, Terminal } from "@jumpstarter/core/client";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { NetworkClient } from "./client.ts";
import { networkCommands } from "./commands.ts";
import { EchoNetwork, TcpNetwork, WebsocketNetwork } from "./driver.ts";
import { exchangeConn, noise } from "./fixture_test.ts";

/** Runs a command until it ends, or `onLine` has seen enough and aborts. */
async function runCommand(
  client: NetworkClient,
  name: string,
  {
    args = [] as CommandCall["args"],
    options = {},
    onLine = undefined as
      | ((line: string, stop: () => void) => void)
      | undefined,
  } = {},
): Promise<string> {
  const lines: string[] = [];
  const stop = new AbortController();
  const print = (line: string): Promise<void> => {
    lines.push(line);
    onLine?.(line, () => stop.abort());
    return Promise.resolve();
  };
  const terminal = {
    print,
    note: () => {},
    data: (value: never, text: (value: never) => string) => print(text(value)),
  } as unknown as Terminal;
  const command = networkCommands.commands.find((command) => command.name === name)!;
  await command.run(client, { args, options, signal: stop.signal, terminal });
  return lines.join("\n");
}

Deno.test("forward-tcp says where it listens, forwards, and ends when interrupted", async () => {
  await using device = await serveDriver(EchoNetwork);
  const data = noise(1000);
  let back: Promise<Uint8Array> | undefined;
  await runCommand(device.get("", NetworkClient), "forward-tcp", {
    args: [0],
    options: { address: "127.0.0.1" },
    onLine(line, stop): void {
      const port = Number(/^127\.0\.0\.1:(\d+)$/.exec(line)![1]);
      back = Deno.connect({ port }).then((conn) => exchangeConn(conn, data)).finally(stop);
    },
  });
  assert.deepEqual(await back, data);
});

Deno.test("forward-unix and forward-udp say where they listen", async () => {
  await using device = await serveDriver(EchoNetwork);
  const client = device.get("", NetworkClient);
  const onLine = (_line: string, stop: () => void): void => stop();
  assert.match(await runCommand(client, "forward-unix", { onLine }), /\/socket$/);
  const options = { address: "localhost" };
  assert.match(
    await runCommand(client, "forward-udp", { args: [0], options, onLine }),
    /^(127\.0\.0\.1|\[::1\]):\d+$/,
  );
  await assert.rejects(runCommand(client, "forward-tcp", { args: [70_000], options }), {
    name: "UsageError",
  });
});

Deno.test("address shows host and port, or one of them", async () => {
  await using device = await serveDriver(TcpNetwork, { config: { host: "::1", port: 8080 } });
  const client = device.get("", NetworkClient);
  const address = (options = {}) => runCommand(client, "address", { options });
  assert.equal(await address(), "[::1]:8080");
  assert.equal(await address({ host: true, port: true }), "[::1]:8080");
  assert.equal(await address({ host: true }), "::1");
  assert.equal(await address({ port: true }), "8080");
});

Deno.test("address says why there is none", async () => {
  const config = { host: "127.0.0.1", port: 1, enable_address: false };
  await using closed = await serveDriver(TcpNetwork, { config });
  await assert.rejects(
    runCommand(closed.get("", NetworkClient), "address"),
    /^Error: enable_address mode is not true in the exporter configuration: /,
  );
  await using none = await serveDriver(EchoNetwork);
  await assert.rejects(
    runCommand(none.get("", NetworkClient), "address"),
    /^Error: This exporter does not support direct connection yet, update exporter to 0\.7\.1/,
  );
  await using web = await serveDriver(WebsocketNetwork, { config: { url: "ws://example.com/x" } });
  assert.equal(await runCommand(web.get("", NetworkClient), "address"), "example.com/x");
});
