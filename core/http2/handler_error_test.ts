// What a user's code throws ends its own stream and nothing else.
import assert from "node:assert/strict";
import type { StreamHandler } from "./api.ts";
import { connectHttp2 } from "./client.ts";
import { connectionError, ErrorCode, Http2Error } from "./errors.ts";
import { fieldValue } from "./fields.ts";
import { answerOpen, echo, OK, silent } from "./testing/answers.ts";
import { Call, requestFields } from "./testing/call.ts";
import { SessionPair } from "./testing/session_pair.ts";
import { tcpPair } from "./testing/tcp_pair.ts";

/** What a careless user may throw: plain errors, values, and errors of another connection. */
const THROWN: Record<string, () => unknown> = {
  "an Error": () => new Error("oops"),
  "undefined": () => undefined,
  "the error of another connection": () => connectionError(ErrorCode.PROTOCOL_ERROR, "not ours"),
};

/** A server handler whose method `name` throws. */
function throwing(name: keyof StreamHandler, thrown: () => unknown): StreamHandler {
  const handler: StreamHandler = { onData() {}, onTrailers() {}, onClose() {} };
  handler[name] = () => {
    throw thrown();
  };
  return handler;
}

for (const [what, thrown] of Object.entries(THROWN)) {
  for (const method of ["onStream", "onData", "onTrailers", "onClose"] as const) {
    Deno.test(`a server's ${method} that throws ${what} resets its stream and no other`, async () => {
      await using pair = await SessionPair.open({
        onStream(stream, fields, endStream) {
          if (fieldValue(fields, ":path") !== "/bad") return echo(stream, fields, endStream);
          if (method === "onStream") throw thrown();
          if (method === "onClose") stream.sendHeaders(OK, true);
          return throwing(method, thrown);
        },
      });
      const other = pair.call({ body: undefined });
      const bad = pair.call({
        fields: requestFields("/bad", "POST"),
        body: new Uint8Array(10),
        trailers: [["x", "y"]],
      });
      const error = await bad.over;
      if (method === "onClose") assert.equal(error, null);
      else assert.equal(error?.code, ErrorCode.INTERNAL_ERROR);
      other.stream.sendData(null, new TextEncoder().encode("fine"), true);
      assert.equal(await other.over, null);
      assert.equal(other.text, "fine");
      assert.equal(pair.server.activeStreams, 0);
    });
  }

  for (
    const method of ["onInformational", "onHeaders", "onData", "onTrailers", "onClose"] as const
  ) {
    Deno.test(`a client's ${method} that throws ${what} resets its stream and no other`, async () => {
      await using pair = await SessionPair.open({
        onStream(stream, fields, endStream) {
          stream.sendInformational([[":status", "103"]]);
          return echo(stream, fields, endStream);
        },
      });
      const other = pair.call({ body: undefined });
      const closed = Promise.withResolvers<Http2Error | null>();
      const bad = throwing(method, thrown);
      const onClose = bad.onClose;
      bad.onClose = (error) => {
        closed.resolve(error);
        if (method === "onClose") onClose(error);
      };
      const stream = pair.client.request(requestFields("/bad"), pair.ledger.watch(bad, "bad"));
      stream.sendData(null, new Uint8Array(10), false);
      stream.sendTrailers([["x", "y"]]);
      const error = await closed.promise;
      if (method === "onClose") assert.equal(error, null);
      else assert.equal(error?.code, ErrorCode.INTERNAL_ERROR);
      other.stream.sendData(null, new TextEncoder().encode("fine"), true);
      assert.equal(await other.over, null);
      assert.equal(other.text, "fine");
    });
  }

  Deno.test(`onWritable that throws ${what} resets its stream and no other`, async () => {
    await using pair = await SessionPair.open({ onStream: echo });
    const other = pair.call({ body: undefined });
    const bad = pair.call({ body: undefined });
    bad.whenWritable = () => {
      throw thrown();
    };
    while (bad.stream.sendData(null, new Uint8Array(65_536), false));
    assert.equal((await bad.over)?.code, ErrorCode.INTERNAL_ERROR);
    other.stream.sendData(null, new TextEncoder().encode("fine"), true);
    assert.equal(await other.over, null);
  });

  Deno.test(`onClose that throws ${what} does not keep other streams from their end`, async () => {
    await using pair = await SessionPair.open({ onStream: silent });
    const calls = Array.from({ length: 3 }, () => pair.call({ body: undefined }));
    const bad: StreamHandler = throwing("onClose", thrown);
    pair.client.request(requestFields("/bad"), bad);
    calls.push(pair.call({ body: undefined }));
    await pair.client.ping();
    pair.client.close();
    for (const call of calls) assert.ok(await call.over instanceof Http2Error);
    assert.equal(await pair.client.closed, null);
  });

  Deno.test(`onGoaway that throws ${what} does not keep the session from its end`, async () => {
    await using pair = await SessionPair.open({ onStream: echo });
    await pair.client.ready;
    pair.client.onGoaway = () => {
      throw thrown();
    };
    await pair.server.drain();
    await pair.client.closed;
  });
}

Deno.test("a proxy whose other connection takes no streams answers that call with a reset and goes on", async () => {
  const [near, far] = await tcpPair();
  const other = connectHttp2(near);
  far.close();
  await other.closed;
  await using pair = await SessionPair.open({
    onStream(stream, fields, endStream) {
      if (fieldValue(fields, ":path") !== "/proxy") return echo(stream, fields, endStream);
      new Call(other);
      return silent();
    },
  });
  const proxied = pair.call({ fields: requestFields("/proxy") });
  assert.equal((await proxied.over)?.scope, "stream");
  assert.equal(await pair.call().over, null);
});

Deno.test("a handler may reset its stream, or close the session, from any of its methods", async () => {
  for (const act of ["reset", "close"] as const) {
    for (const method of ["onHeaders", "onData", "onTrailers", "onWritable"] as const) {
      await using pair = await SessionPair.open({
        onStream(stream, fields, endStream) {
          return method === "onWritable" ? answerOpen(stream) : echo(stream, fields, endStream);
        },
      });
      const closed = Promise.withResolvers<Http2Error | null>();
      const handler: StreamHandler = { onData() {}, onClose: closed.resolve };
      handler[method] = () => {
        if (act === "reset") stream.reset(ErrorCode.CANCEL);
        else pair.client.close();
      };
      const stream = pair.client.request(requestFields("/"), pair.ledger.watch(handler, method));
      while (stream.sendData(null, new Uint8Array(65_536), false));
      stream.sendTrailers([["x", "y"]]);
      const error = await closed.promise;
      assert.equal(error?.code, act === "reset" ? ErrorCode.CANCEL : ErrorCode.NO_ERROR);
      if (act === "reset") {
        assert.equal(await pair.call({ body: new Uint8Array(1) }).answered !== null, true);
      }
    }
  }
});
