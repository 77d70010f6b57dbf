import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { findTool, testWith } from "@jumpstarter/testing/tool";
import { startProcess } from "@jumpstarter/testing/process";
import { driverError } from "@jumpstarter/core/driver";
import { Code } from "@connectrpc/connect";
import { pollerIdle } from "@jumpstarter/core/tty";
import { connectSocket } from "./connect_socket.ts";
import { parseDbusAddress } from "./dbus_address.ts";
import { DbusNetworkDriver } from "./dbus_network.ts";
import { EchoNetworkDriver } from "./echo_network.ts";
import { callOf, echo, exchange, noise, readAll, tcpServer } from "./fixture_test.ts";
import { TcpNetworkDriver } from "./tcp_network.ts";
import { UdpNetworkDriver } from "./udp_network.ts";
import { UnixNetworkDriver } from "./unix_network.ts";
import { VsockNetworkDriver } from "./vsock_network.ts";
import { WebsocketNetworkDriver } from "./websocket_network.ts";

/** What the names of tests say where they cannot run. */
const LINUX = Deno.build.os === "linux" ? "" : " [needs Linux]";

/** A port that nobody listens on: it was free a moment ago. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("TcpNetwork carries bytes and half-close both ways", async () => {
  await using server = tcpServer(echo);
  const driver = new TcpNetworkDriver({ host: "127.0.0.1", port: server.port });
  const data = noise(3_000_000);
  assert.deepEqual(await exchange(await driver.connect(callOf()), data), data);
});

Deno.test("TcpNetwork tries all addresses of a name", async () => {
  await using server = tcpServer(echo);
  const driver = new TcpNetworkDriver(() => ({ host: "localhost", port: server.port }));
  const data = noise(10);
  assert.deepEqual(await exchange(await driver.connect(callOf()), data), data);
});

Deno.test("a target that refuses is an error at open, which names it", async () => {
  const port = closedPort();
  const driver = new TcpNetworkDriver({ host: "127.0.0.1", port });
  await assert.rejects(driver.connect(callOf()), (error) => {
    const { code, rawMessage } = driverError(error);
    assert.equal(code, Code.Unavailable);
    assert.equal(rawMessage, `Cannot connect to tcp://127.0.0.1:${port}: connection refused`);
    return true;
  });
});

Deno.test("address() is the address looked up, in brackets for IPv6", async () => {
  const of = (host: string, port: number): Promise<{ address: string }> =>
    new TcpNetworkDriver({ host, port }).address();
  assert.deepEqual(await of("127.0.0.1", 8080), { address: "tcp://127.0.0.1:8080" });
  assert.deepEqual(await of("::1", 8080), { address: "tcp://[::1]:8080" });
  assert.deepEqual(await of("2001:db8::1", 443), { address: "tcp://[2001:db8::1]:443" });
  assert.match((await of("localhost", 1)).address, /^tcp:\/\/(127\.0\.0\.1|\[::1\]):1$/);
  assert.deepEqual(await of("no-such-host.invalid", 1), {
    address: "tcp://no-such-host.invalid:1",
  });
  const udp = new UdpNetworkDriver({ host: "127.0.0.1", port: 69 });
  assert.deepEqual(await udp.address(), { address: "udp://127.0.0.1:69" });
});

Deno.test("address() is refused where the file says so", async () => {
  const driver = new TcpNetworkDriver({ host: "127.0.0.1", port: 1, enableAddress: false });
  await assert.rejects(driver.address(), {
    code: Code.InvalidArgument,
    rawMessage: "enable_address mode is not true in the exporter configuration",
  });
});

Deno.test("UdpNetwork carries each chunk as one datagram, both ways", async () => {
  const server = createSocket("udp4");
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  server.on("message", (datagram, from) => server.send(datagram, from.port, from.address));
  const driver = new UdpNetworkDriver({ host: "127.0.0.1", port: server.address().port });
  const duplex = await driver.connect(callOf());
  const writer = duplex.writable.getWriter();
  const reader = duplex.readable.getReader();
  for (const size of [1, 2, 1500, 65_507]) {
    const datagram = noise(size);
    await writer.write(datagram);
    assert.deepEqual((await reader.read()).value, datagram);
  }
  await reader.cancel();
  await writer.abort();
  await new Promise<void>((resolve) => server.close(resolve));
});

Deno.test("UnixNetwork carries bytes and half-close both ways", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  const listener = Deno.listen({ transport: "unix", path });
  const serving = listener.accept().then(async (conn) => {
    await echo(conn);
    conn.close();
  });
  const data = noise(500_000);
  const driver = new UnixNetworkDriver({ path });
  assert.deepEqual(await exchange(await driver.connect(callOf()), data), data);
  await serving;
  listener.close();
  await assert.rejects(
    new UnixNetworkDriver({ path: `${folder}/none` }).connect(callOf()),
    /^NotFound: Cannot connect to unix:.*\/none: no such file or directory$/,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("EchoNetwork gives back chunk for chunk, then the end", async () => {
  const { readable, writable } = new EchoNetworkDriver().connect();
  const writer = writable.getWriter();
  const reader = readable.getReader();
  for (const size of [1, 70_000, 3]) {
    const chunk = noise(size);
    await writer.write(chunk);
    assert.deepEqual((await reader.read()).value, chunk);
  }
  await writer.close();
  assert.ok((await reader.read()).done);
});

Deno.test("EchoNetwork holds a writer up when nobody reads", async () => {
  const { readable, writable } = new EchoNetworkDriver().connect();
  const writer = writable.getWriter();
  let written = 0;
  while (writer.desiredSize! > 0) {
    writer.write(noise(65_536)).catch(() => {});
    written += 65_536;
    await Promise.resolve();
  }
  assert.ok(written < 2_000_000, `${written} bytes`);
  await readable.cancel();
});

Deno.test({
  name: "vsock's sockets carry bytes and half-close both ways (shown on a unix socket)" + LINUX,
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/socket`;
    const listener = Deno.listen({ transport: "unix", path });
    const serving = listener.accept().then(async (conn) => {
      await echo(conn);
      conn.close();
    });
    // struct sockaddr_un: AF_UNIX, then the path and a zero byte.
    const address = new Uint8Array(110);
    address[0] = 1;
    new TextEncoder().encodeInto(path, address.subarray(2));
    const data = noise(2_000_000);
    assert.deepEqual(await exchange(await connectSocket(1, address, path), data), data);
    await serving;
    listener.close();
    await assert.rejects(connectSocket(1, address, path), { code: "ENOENT" });
    await Deno.remove(folder, { recursive: true });
    await pollerIdle();
  },
});

Deno.test({
  name: "VsockNetwork says what the kernel says where there is no such machine" + LINUX,
  ignore: Deno.build.os !== "linux",
  async fn() {
    const driver = new VsockNetworkDriver({ cid: 2, port: 4321 });
    await assert.rejects(driver.connect(callOf()), (error) => {
      assert.match(
        (error as Error).message,
        /^Cannot (connect to|make a socket for) vsock:2:4321: /,
      );
      assert.match((error as { code: string }).code, /^E[A-Z]+$/);
      return true;
    });
    await pollerIdle();
  },
});

Deno.test("WebsocketNetwork carries chunks as binary messages, and text as UTF-8", async () => {
  const kinds: string[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      kinds.push(typeof data);
      socket.send(data);
      if (data.byteLength === 3) socket.send("h\u00e9");
    };
    return response;
  });
  const driver = new WebsocketNetworkDriver({ url: `ws://127.0.0.1:${server.addr.port}/console` });
  assert.match((await driver.address()).address, /^ws:.*\/console$/);
  const duplex = await driver.connect(callOf());
  const writer = duplex.writable.getWriter();
  const reader = duplex.readable.getReader();
  for (const size of [1, 1_000_000, 3]) {
    const chunk = noise(size);
    await writer.write(chunk);
    assert.deepEqual((await reader.read()).value, chunk);
  }
  assert.equal(new TextDecoder().decode((await reader.read()).value), "h\u00e9");
  assert.deepEqual([...new Set(kinds)], ["object"]);
  await writer.close();
  assert.ok((await reader.read()).done);
});

Deno.test("the end of a WebSocket is the end of its stream, a refusal an error at open", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    if (request.url.includes("/no?")) return new Response("no", { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => {
      socket.send("bye");
      socket.close(request.url.endsWith("/bad") ? 4000 : 1000, "enough");
    };
    return response;
  });
  const url = `ws://127.0.0.1:${server.addr.port}`;
  const connect = (path: string) =>
    new WebsocketNetworkDriver({ url: url + path }).connect(callOf());
  const { readable } = await connect("/");
  assert.equal(new TextDecoder().decode(await readAll(readable)), "bye");
  const bad = (await connect("/bad")).readable.getReader();
  await bad.read();
  await assert.rejects(bad.read(), /closed with code 4000, enough$/);
  await assert.rejects(connect("/no?token=secret"), (error) => {
    assert.match((error as Error).message, /^Cannot connect to ws:.*\/no\?…: .*404/);
    return true;
  });
});

Deno.test("a WebSocket that nobody reads is held up", async () => {
  let sent = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => {
      for (; sent < 64 << 20; sent += 1 << 20) socket.send(new Uint8Array(1 << 20));
    };
    return response;
  });
  const url = `ws://127.0.0.1:${server.addr.port}`;
  const { readable, writable } = await new WebsocketNetworkDriver({ url }).connect(callOf());
  const reader = readable.getReader();
  const { value } = await reader.read();
  assert.equal(value?.length, 1 << 20);
  // A message or two may have been under way.
  let received = value!.length;
  while (received < 64 << 20) received += (await reader.read()).value!.length;
  assert.equal(received, sent);
  await writable.close();
});

Deno.test("D-Bus addresses: unix and tcp, escapes, lists; others are refused", () => {
  assert.deepEqual(parseDbusAddress("unix:path=/run/b%2cus,guid=1"), [
    { transport: "unix", path: "/run/b,us" },
  ]);
  assert.deepEqual(parseDbusAddress("launchd:env=X;tcp:host=127.0.0.1,port=12"), [
    { transport: "tcp", host: "127.0.0.1", port: 12 },
  ]);
  assert.deepEqual(parseDbusAddress("unix:abstract=/tmp/x"), [
    { transport: "abstract", name: "/tmp/x" },
  ]);
  for (const bad of ["", "x", "unix:", "tcp:host=a", "tcp:host=a,port=b", "autolaunch:"]) {
    assert.throws(() => parseDbusAddress(bad), SyntaxError, bad);
  }
});

testWith("DbusNetwork reaches the bus that the environment names", ["dbus-daemon"], async () => {
  const folder = await Deno.makeTempDir();
  const addresses = [`unix:path=${folder}/bus`, `unix:abstract=${folder}/abstract`];
  for (const address of Deno.build.os === "linux" ? addresses : addresses.slice(0, 1)) {
    await using _bus = await startProcess(findTool("dbus-daemon")!, {
      args: ["--session", "--print-address", "--nofork", `--address=${address}`],
      readyPattern: /(unix:\S+)/,
    });
    const before = Deno.env.get("DBUS_SESSION_BUS_ADDRESS");
    Deno.env.set("DBUS_SESSION_BUS_ADDRESS", address);
    try {
      const driver = new DbusNetworkDriver({ kind: "session" });
      assert.deepEqual(driver.labels, { "jumpstarter.dev/dbusnetwork/kind": "session" });
      const { readable, writable } = await driver.connect(callOf());
      const writer = writable.getWriter();
      await writer.write(new TextEncoder().encode("\0AUTH\r\n"));
      const { value } = await readable.getReader().read();
      assert.match(new TextDecoder().decode(value), /^REJECTED .*EXTERNAL/);
      await writer.abort();
    } finally {
      if (before === undefined) Deno.env.delete("DBUS_SESSION_BUS_ADDRESS");
      else Deno.env.set("DBUS_SESSION_BUS_ADDRESS", before);
    }
  }
  await Deno.remove(folder, { recursive: true });
  await pollerIdle();
});
