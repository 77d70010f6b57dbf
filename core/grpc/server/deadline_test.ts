import assert from "node:assert/strict";
import { Code, type ConnectError } from "@connectrpc/connect";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { Deadline } from "./deadline.ts";
import { GrpcServer } from "./server.ts";
import { Peer } from "./testdata/peer.ts";

const WAIT = "/jumpstarter.test.v1.EchoService/Wait";
const COUNT = "/jumpstarter.test.v1.EchoService/Count";

Deno.test("a handler that hangs is answered for at the deadline, and told", async () => {
  const reason = Promise.withResolvers<ConnectError>();
  const server = new GrpcServer().add(EchoService, {
    wait: (_request, { signal }) => {
      signal.addEventListener("abort", () => reason.resolve(signal.reason), { once: true });
      return new Promise(() => {});
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(WAIT, [["grpc-timeout", "20m"]]).send(new Uint8Array(0)).end();
  assert.equal((await call.status())?.code, Code.DeadlineExceeded);
  assert.equal((await reason.promise).code, Code.DeadlineExceeded);
});

Deno.test("a deadline holds also for a request that never ends", async () => {
  await using peer = new Peer(new GrpcServer().add(EchoService, {}));
  const call = peer.call(WAIT, [["grpc-timeout", "20m"]]);
  assert.equal((await call.status())?.code, Code.DeadlineExceeded);
});

Deno.test("a deadline ends a stream that its client does not read", async () => {
  const ended = Promise.withResolvers<void>();
  const server = new GrpcServer().add(EchoService, {
    async *count() {
      try {
        for (;;) yield { payload: new Uint8Array(64 * 1024) };
      } finally {
        ended.resolve();
      }
    },
  });
  await using peer = new Peer(server, { streamWindow: 65_535 });
  const call = peer.call(COUNT, [["grpc-timeout", "50m"]]).send(new Uint8Array(0)).end();
  call.hold = true;
  await ended.promise;
  await call.closed;
});

Deno.test("a handler sees the time that is left", async () => {
  const left: (number | undefined)[] = [];
  const server = new GrpcServer().add(EchoService, {
    wait: (_request, { timeoutMs }) => {
      left.push(timeoutMs());
      return {};
    },
  });
  await using peer = new Peer(server);
  await peer.call(WAIT, [["grpc-timeout", "10S"]]).send(new Uint8Array(0)).end().status();
  await peer.call(WAIT).send(new Uint8Array(0)).end().status();
  assert.ok(left[0]! > 5000 && left[0]! <= 10_000);
  assert.equal(left[1], undefined);
});

Deno.test("a deadline that is over, or malformed, is answered at once", async () => {
  await using peer = new Peer(new GrpcServer().add(EchoService, {}));
  const over = await peer.call(WAIT, [["grpc-timeout", "0m"]]).status();
  assert.equal(over?.code, Code.DeadlineExceeded);
  const malformed = await peer.call(WAIT, [["grpc-timeout", "1 hour"]]).status();
  assert.equal(malformed?.code, Code.InvalidArgument);
});

Deno.test("a deadline beyond what timers take does not fire at once", async () => {
  await using peer = new Peer(
    new GrpcServer().add(EchoService, {
      wait: (_request, { timeoutMs }) => {
        assert.ok(timeoutMs()! > 3e14);
        return {};
      },
    }),
  );
  const call = peer.call(WAIT, [["grpc-timeout", "99999999H"]]);
  await peer.session.ping();
  call.send(new Uint8Array(0)).end();
  assert.equal(await call.status(), null);
});

Deno.test("deadline fires once its time is over, not when cleared", async () => {
  await new Promise<void>((resolve) => new Deadline(5, resolve));
  let fired = false;
  const cleared = new Deadline(1, () => fired = true);
  cleared.clear();
  await new Promise<void>((resolve) => new Deadline(10, resolve));
  assert.equal(fired, false);
});
