import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { NetworkClient } from "./client.ts";
import { EchoNetwork, TcpNetwork, UnixNetwork } from "./driver.ts";
import {
  echo,
  exchange,
  exchangeConn,
  noise,
  tcpServer,
  writeUntilStalled,
} from "./fixture_test.ts";

Deno.test("a served TcpNetwork: address, streams, forwards, console", async () => {
  await using server = tcpServer(echo);
  await using device = await serveDriver(TcpNetwork, {
    config: { host: "127.0.0.1", port: server.port },
  });
  const network = device.get("", NetworkClient);
  assert.equal(await network.address(), `tcp://127.0.0.1:${server.port}`);
  const data = noise(2_000_000);
  {
    await using stream = await network.connect();
    assert.deepEqual(await exchange(stream, data), data);
  }
  {
    await using forward = network.forwardTcp();
    const back = await Promise.all(
      [1, 2, 3].map(async () =>
        await exchangeConn(await Deno.connect({ port: forward.port }), data)
      ),
    );
    assert.deepEqual(back, [data, data, data]);
  }
  await using board = await network.console();
  await board.sendLine("hello");
  assert.equal((await board.expect(/h(.*)o\n/)).match[1], "ell");
});

Deno.test("a served network that refuses: an error at open, and the forward's connection is closed", async () => {
  const folder = await Deno.makeTempDir();
  await using device = await serveDriver(UnixNetwork, { config: { path: `${folder}/none` } });
  const network = device.get("", NetworkClient);
  await assert.rejects(network.connect(), (error) => {
    assert.ok(error instanceof ConnectError);
    assert.equal(error.code, Code.Internal);
    assert.match(error.rawMessage, /Cannot connect to unix:.*\/none: no such file or directory/);
    return true;
  });
  const errors: unknown[] = [];
  await using forward = network.forwardTcp({ onError: (error) => errors.push(error) });
  const conn = await Deno.connect({ port: forward.port });
  assert.equal(await conn.read(new Uint8Array(1)).catch(() => null), null);
  conn.close();
  assert.equal(errors.length, 1);
  await assert.rejects(network.address(), ConnectError);
  await Deno.remove(folder);
});

Deno.test("a served EchoNetwork has datagrams' boundaries through a UDP forward", async () => {
  const { createSocket } = await import("node:dgram");
  await using device = await serveDriver(EchoNetwork);
  await using forward = await device.get("", NetworkClient).forwardUdp();
  const program = createSocket("udp4");
  await new Promise<void>((resolve) => program.bind(0, "127.0.0.1", resolve));
  for (const size of [1, 9000, 65_000]) {
    const datagram = noise(size);
    const back = new Promise<Uint8Array>((resolve) =>
      program.once("message", (bytes) => resolve(new Uint8Array(bytes)))
    );
    program.send(datagram, forward.port, "127.0.0.1");
    assert.deepEqual(await back, datagram);
  }
  await new Promise<void>((resolve) => program.close(resolve));
});

Deno.test("a served device that never reads holds the local program up", async () => {
  const done = Promise.withResolvers<void>();
  await using server = tcpServer(() => done.promise);
  await using device = await serveDriver(TcpNetwork, {
    config: { host: "127.0.0.1", port: server.port },
  });
  await using forward = device.get("", NetworkClient).forwardTcp();
  const conn = await Deno.connect({ port: forward.port });
  const written = await writeUntilStalled(conn);
  assert.ok(written < 64 << 20, `${written} bytes`);
  conn.close();
  done.resolve();
});
