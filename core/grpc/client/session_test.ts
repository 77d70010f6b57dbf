import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ByteConn, byteConnFromDuplex, ErrorCode, serveHttp2 } from "../../http2/mod.ts";
import { duplexPair } from "../../stream/mod.ts";
import {
  answering,
  echoClient,
  echoServer,
  framed,
  OK,
  RESPONSE,
  scripted,
  until,
} from "./fixture_test.ts";
import { createGrpcTransport } from "./transport.ts";

const answerOk = answering((stream) => {
  stream.sendHeaders(RESPONSE);
  stream.sendData(null, framed([]), false);
  stream.sendTrailers(OK);
});

function isUnavailable(text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConnectError);
    assert.equal(error.code, Code.Unavailable, error.message);
    assert.match(error.message, text);
    return true;
  };
}

/** Something to connect to that fails `failures` times, then serves. */
function flaky(failures: number): { open: () => Promise<ByteConn>; attempts: number[] } {
  const attempts: number[] = [];
  const open = (): Promise<ByteConn> => {
    attempts.push(performance.now());
    if (attempts.length <= failures) return Promise.reject(new Error(`no ${attempts.length}`));
    const [near, far] = duplexPair();
    serveHttp2(byteConnFromDuplex(far), answerOk);
    return Promise.resolve(byteConnFromDuplex(near));
  };
  return { open, attempts };
}

Deno.test("nobody there: calls fail with the reason, at once while in back-off", async () => {
  const { open, attempts } = flaky(Infinity);
  await using transport = createGrpcTransport({ address: open });
  const client = echoClient(transport);
  await assert.rejects(client.echo({}), isUnavailable(/Cannot connect to peer: no 1/));
  assert.equal(transport.state, "backoff");
  await assert.rejects(client.echo({}), isUnavailable(/no 1/));
  assert.equal(attempts.length, 1);
});

Deno.test("a refused TCP connection names the address and the reason", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  await using transport = createGrpcTransport({ address });
  const refused = new RegExp(`Cannot connect to ${address}: .*refused`, "i");
  await assert.rejects(echoClient(transport).echo({}), isUnavailable(refused));
});

Deno.test("the first call after the back-off connects again", async () => {
  const { open, attempts } = flaky(1);
  await using transport = createGrpcTransport({ address: open, backoff: { initialMs: 0 } });
  await assert.rejects(echoClient(transport).echo({}), isUnavailable(/no 1/));
  await echoClient(transport).echo({});
  assert.equal(attempts.length, 2);
  assert.equal(transport.state, "ready");
});

Deno.test("calls that wait for ready outlast failures, which come further and further apart", async () => {
  const { open, attempts } = flaky(4);
  await using transport = createGrpcTransport({
    address: open,
    waitForReady: true,
    backoff: { initialMs: 10, multiplier: 2, jitter: 0 },
  });
  await Promise.all([echoClient(transport).echo({}), echoClient(transport).echo({})]);
  assert.equal(attempts.length, 5);
  for (const [i, wait] of [10, 20, 40, 80].entries()) {
    assert.ok(attempts[i + 1] - attempts[i] >= wait - 1, `${i}: ${attempts}`);
  }
});

Deno.test("a call that waits for ready keeps its deadline, and leaves no timer behind", async () => {
  const { open } = flaky(Infinity);
  await using transport = createGrpcTransport({ address: open, waitForReady: true });
  await assert.rejects(
    echoClient(transport).echo({}, { timeoutMs: 20 }),
    (error: ConnectError) => error.code === Code.DeadlineExceeded,
  );
  assert.equal(transport.state, "backoff");
});

Deno.test("a server that never sends SETTINGS is given up at the connect time-out", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  const accepted = listener.accept();
  await using transport = createGrpcTransport({ address, connectTimeoutMs: 200 });
  await assert.rejects(
    echoClient(transport).echo({}),
    isUnavailable(/timed out after 200 ms before the server's SETTINGS arrived/),
  );
  (await accepted).close();
  listener.close();
});

Deno.test("a connection that never opens is given up too, and closed if it opens later", async () => {
  const late = Promise.withResolvers<ByteConn>();
  const closed = Promise.withResolvers<void>();
  await using transport = createGrpcTransport({
    address: () => late.promise,
    connectTimeoutMs: 30,
  });
  await assert.rejects(
    echoClient(transport).echo({}),
    isUnavailable(/timed out after 30 ms before the connection was open/),
  );
  const never = (): Promise<never> => new Promise(() => {});
  late.resolve({ read: never, write: never, close: () => closed.resolve() });
  await closed.promise;
});

Deno.test("a connection that is no HTTP/2 is told as such", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    const conn = await listener.accept();
    await conn.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    conn.close();
  })();
  await using transport = createGrpcTransport({ address: `127.0.0.1:${listener.addr.port}` });
  await assert.rejects(echoClient(transport).echo({}), isUnavailable(/Cannot connect to/));
  await served;
  listener.close();
});

Deno.test("closing while connecting ends the attempt and its calls", async () => {
  const signals: AbortSignal[] = [];
  const transport = createGrpcTransport({
    address: (signal) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  });
  const call = echoClient(transport).echo({});
  assert.equal(transport.state, "connecting");
  await transport[Symbol.asyncDispose]();
  await assert.rejects(call, (error: ConnectError) => error.code === Code.Canceled);
  assert.ok(signals[0].aborted);
});

Deno.test("after GOAWAY new calls go to a new session while the old one finishes", async () => {
  const finish = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let calls = 0;
  await using peer = scripted(answering((stream) => {
    const answer = (): void => {
      stream.sendHeaders(RESPONSE);
      stream.sendData(null, framed([]), false);
      stream.sendTrailers(OK);
    };
    if (++calls > 1) return answer();
    void finish.promise.then(answer);
    begun.resolve();
  }));
  const client = echoClient(peer.transport);
  const slow = client.echo({});
  await begun.promise;
  const drained = peer.sessions[0].drain();
  while (peer.transport.state === "ready") await client.echo({});
  await client.echo({});
  assert.equal(peer.sessions.length, 2);
  assert.equal(peer.sessions[0].activeStreams, 1);
  finish.resolve();
  await slow;
  await drained;
  assert.equal((await peer.sessions[0].closed)?.message, undefined);
});

Deno.test("a new server on the same address is found after the old one went away", async () => {
  const path = `${await Deno.makeTempDir()}/s.sock`;
  await using transport = createGrpcTransport({ address: `unix:${path}` });
  const { GrpcServer } = await import("../server/server.ts");
  const { EchoService } = await import("@jumpstarter/testing/echo/v1");
  for (let i = 0; i < 3; i++) {
    await using server = new GrpcServer();
    server.add(EchoService, { echo: () => ({ text: String(i) }) });
    const serving = server.serve(Deno.listen({ transport: "unix", path }));
    assert.equal((await echoClient(transport).echo({})).text, String(i));
    await server[Symbol.asyncDispose]();
    await serving;
    await Deno.remove(path).catch(() => {});
    await until(() => transport.state === "idle", "the end is noticed");
  }
});

Deno.test("keepalive finds a dead connection without any call, and calls after that a new one", async () => {
  let opened = 0;
  const transport = createGrpcTransport({
    address: () => {
      const [near, far] = duplexPair();
      serveHttp2(byteConnFromDuplex(far), answerOk);
      const client = byteConnFromDuplex(near);
      if (opened++ > 0) return Promise.resolve(client);
      // A line that goes dead: what the client sends after its first call is lost.
      const write = (octets: Uint8Array): Promise<number> =>
        dead ? Promise.resolve(octets.length) : client.write(octets);
      return Promise.resolve({ ...client, write });
    },
    keepalive: { intervalMs: 20, timeoutMs: 20 },
  });
  let dead = false;
  await using _ = transport;
  await echoClient(transport).echo({});
  dead = true;
  await until(() => transport.state === "idle", "the end is noticed");
  assert.equal(transport.state, "idle");
  await echoClient(transport).echo({});
  assert.equal(opened, 2);
});

Deno.test("keepalive leaves a connection alone whose peer answers", async () => {
  await using server = echoServer();
  await using transport = createGrpcTransport({
    address: server.address,
    keepalive: { intervalMs: 10, timeoutMs: 1000 },
  });
  await echoClient(transport).echo({});
  const waiting = echoClient(transport).wait({}, { timeoutMs: 100 });
  await assert.rejects(waiting, (error: ConnectError) => error.code === Code.DeadlineExceeded);
  assert.equal(transport.state, "ready");
});

Deno.test("a server that complains of too many pings gets half as many", async () => {
  const pingedAfter: number[] = [];
  const transport = createGrpcTransport({
    address: () => {
      const [near, far] = duplexPair();
      const session = serveHttp2(byteConnFromDuplex(far), answerOk);
      const client = byteConnFromDuplex(near);
      const start = performance.now();
      const write = (octets: Uint8Array): Promise<number> => {
        // Alone in its turn: a frame of 8 octets, type PING, no ACK.
        if (octets.length === 17 && octets[3] === 6 && octets[4] === 0) {
          pingedAfter.push(performance.now() - start);
          if (pingedAfter.length < 3) session.close(ErrorCode.ENHANCE_YOUR_CALM, "too_many_pings");
        }
        return client.write(octets);
      };
      return Promise.resolve({ ...client, write });
    },
    keepalive: { intervalMs: 20, timeoutMs: 1000 },
  });
  await using _ = transport;
  for (let i = 1; i <= 3; i++) {
    await echoClient(transport).echo({});
    await until(() => pingedAfter.length === i, "it pings");
    if (i < 3) await until(() => transport.state === "idle", "the complaint arrives");
  }
  for (const [i, wait] of [20, 40, 80].entries()) {
    assert.ok(pingedAfter[i] >= wait, `${pingedAfter}`);
  }
});
