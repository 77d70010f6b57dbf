import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { EchoNetworkDriver } from "./echo_network.ts";
import {
  directDevice,
  echo,
  exchangeConn,
  noise,
  tcpServer,
  writeUntilStalled,
} from "./fixture_test.ts";
import { forwardTcp, forwardUnix } from "./forward.ts";
import { forwardUdp } from "./forward_udp.ts";
import type { StreamOpener } from "./stream_opener.ts";
import { TcpNetworkDriver } from "./tcp_network.ts";
import { UdpNetworkDriver } from "./udp_network.ts";

const tcp = (port: number): StreamOpener =>
  directDevice(new TcpNetworkDriver({ host: "127.0.0.1", port }));

Deno.test("a TCP forward gives every connection a stream of its own, with half-close", async () => {
  let connections = 0;
  await using server = tcpServer((conn) => {
    connections++;
    return echo(conn);
  });
  await using forward = forwardTcp(tcp(server.port));
  assert.equal(forward.address, `127.0.0.1:${forward.port}`);
  const data = Array.from({ length: 8 }, () => noise(300_000));
  const back = await Promise.all(data.map(async (bytes) => {
    const conn = await Deno.connect({ hostname: forward.hostname, port: forward.port });
    return await exchangeConn(conn, bytes);
  }));
  assert.deepEqual(back, data);
  assert.equal(connections, 8);
});

Deno.test("a TCP forward carries the device's half-close to the local side, which may go on", async () => {
  const received = Promise.withResolvers<string>();
  await using server = tcpServer(async (conn) => {
    await conn.write(new TextEncoder().encode("bye"));
    await conn.closeWrite();
    received.resolve(await new Response(conn.readable).text());
  });
  await using forward = forwardTcp(tcp(server.port));
  const conn = await Deno.connect({ port: forward.port });
  const room = new Uint8Array(10);
  assert.equal(await conn.read(room), 3);
  assert.equal(await conn.read(room), null);
  await conn.write(new TextEncoder().encode("still here"));
  await conn.closeWrite();
  assert.equal(await received.promise, "still here");
  conn.close();
});

Deno.test("a target that refuses closes the local connection, and the forward goes on", async () => {
  const errors: unknown[] = [];
  let refuse = true;
  const echoing = directDevice(new EchoNetworkDriver());
  const device: StreamOpener = {
    stream: (...args) => refuse ? Promise.reject(new Error("refused")) : echoing.stream(...args),
  };
  await using forward = forwardTcp(device, { onError: (error) => errors.push(error) });
  const conn = await Deno.connect({ port: forward.port });
  assert.equal(await conn.read(new Uint8Array(1)), null);
  conn.close();
  assert.equal((errors[0] as Error).message, "refused");
  refuse = false;
  const data = noise(1000);
  assert.deepEqual(await exchangeConn(await Deno.connect({ port: forward.port }), data), data);
});

Deno.test("a device that never reads holds the local program up", async () => {
  const done = Promise.withResolvers<void>();
  await using server = tcpServer(() => done.promise);
  let read = 0;
  const device = tcp(server.port);
  const counting: StreamOpener = {
    async stream(...args) {
      const stream = await device.stream(...args);
      const count = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller): void {
          read += chunk.length;
          controller.enqueue(chunk);
        },
      });
      count.readable.pipeTo(stream.writable).catch(() => {});
      return { ...stream, readable: stream.readable, writable: count.writable };
    },
  };
  await using forward = forwardTcp(counting);
  const conn = await Deno.connect({ port: forward.port });
  assert.ok(await writeUntilStalled(conn) < 256 << 20);
  assert.ok(read < 64 << 20, `${read} bytes`);
  conn.close();
  done.resolve();
});

Deno.test("closing a forward ends its connections and frees its port", async () => {
  const forward = forwardTcp(directDevice(new EchoNetworkDriver()));
  const conn = await Deno.connect({ port: forward.port });
  await conn.write(new Uint8Array([1]));
  assert.equal(await conn.read(new Uint8Array(1)), 1);
  await forward.close();
  await assert.doesNotReject(forward.closed);
  assert.equal(await conn.read(new Uint8Array(1)).catch(() => null), null);
  conn.close();
  await assert.rejects(Deno.connect({ port: forward.port }), Deno.errors.ConnectionRefused);
});

Deno.test("a signal ends a forward", async () => {
  const stop = new AbortController();
  const forward = forwardTcp(directDevice(new EchoNetworkDriver()), { signal: stop.signal });
  stop.abort();
  await forward.closed;
});

Deno.test("a port in use is an error that names it", () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  assert.throws(
    () => forwardTcp(directDevice(new EchoNetworkDriver()), { port }),
    { name: "AddrInUse", message: new RegExp(`^Cannot listen on 127.0.0.1:${port}: `) },
  );
});

Deno.test("a unix forward listens in a folder of its own, which goes with it", async () => {
  const forward = await forwardUnix(directDevice(new EchoNetworkDriver()));
  assert.match(forward.path, /\/jumpstarter-[^/]+\/socket$/);
  const data = noise(200_000);
  const conn = await Deno.connect({ transport: "unix", path: forward.path });
  assert.deepEqual(await exchangeConn(conn, data), data);
  await forward.close();
  await assert.rejects(Deno.stat(forward.path.replace(/\/socket$/, "")), Deno.errors.NotFound);
});

Deno.test("a unix forward listens where it is told, and removes the socket only", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/s`;
  const forward = await forwardUnix(directDevice(new EchoNetworkDriver()), { path });
  await assert.rejects(
    forwardUnix(directDevice(new EchoNetworkDriver()), { path }),
    /Cannot listen on .*\/s: /,
  );
  assert.ok((await Deno.stat(path)).isSocket);
  await forward.close();
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder);
});

const bound = async (): Promise<Socket> => {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket;
};
const ended = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(resolve));
const answer = (socket: Socket): Promise<Uint8Array> =>
  new Promise((resolve) => socket.once("message", (datagram) => resolve(new Uint8Array(datagram))));

Deno.test("a UDP forward gives each program a stream of its own, datagram for datagram", async () => {
  const server = await bound();
  const senders = new Set<number>();
  server.on("message", (datagram, from) => {
    senders.add(from.port);
    server.send(datagram, from.port, from.address);
  });
  const device = directDevice(
    new UdpNetworkDriver({ host: "127.0.0.1", port: server.address().port }),
  );
  const forward = await forwardUdp(device);
  const programs = [await bound(), await bound()];
  for (const size of [1, 1400, 60_000]) {
    for (const program of programs) {
      const datagram = noise(size);
      const back = answer(program);
      program.send(datagram, forward.port, forward.hostname);
      assert.deepEqual(await back, datagram);
    }
  }
  assert.equal(senders.size, 2);
  await forward.close();
  await Promise.all([server, ...programs].map(ended));
});

Deno.test("a UDP forward lets go of programs that are quiet", async () => {
  const closed = Promise.withResolvers<void>();
  const inner = directDevice(new EchoNetworkDriver());
  const device: StreamOpener = {
    async stream(...args) {
      const stream = await inner.stream(...args);
      return {
        readable: stream.readable,
        writable: stream.writable,
        async [Symbol.asyncDispose](): Promise<void> {
          await stream[Symbol.asyncDispose]();
          closed.resolve();
        },
      };
    },
  };
  const forward = await forwardUdp(device, { idleMs: 20 });
  const program = await bound();
  const back = answer(program);
  program.send(new Uint8Array([7]), forward.port, forward.hostname);
  assert.deepEqual(await back, new Uint8Array([7]));
  await closed.promise;
  await forward.close();
  await ended(program);
});
