import assert from "node:assert/strict";
import { Code, ConnectError, createContextKey, type Interceptor } from "@connectrpc/connect";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ConverseRequestSchema,
  ConverseResponseSchema,
  EchoRequestSchema,
  EchoResponseSchema,
  EchoService,
} from "@jumpstarter/testing/echo/v1";
import { fieldValue } from "../../http2/mod.ts";
import { sendInitialMetadata } from "./handler_context.ts";
import { GrpcServer } from "./server.ts";
import { Peer } from "./testdata/peer.ts";

const PATH = "/jumpstarter.test.v1.EchoService/";
const who = createContextKey("nobody");

const logging = (log: string[], name: string): Interceptor => (next) => async (request) => {
  log.push(`${name} ${request.method.name} ${request.header.get("x-in")}`);
  request.contextValues.set(who, name);
  const response = await next(request);
  response.header.set(`x-${name}`, "h");
  response.trailer.set(`x-${name}-tail`, "t");
  return response;
};

Deno.test("interceptors see every call, the first one outermost", async () => {
  const log: string[] = [];
  const server = new GrpcServer({ interceptors: [logging(log, "one"), logging(log, "two")] });
  server.add(EchoService, {
    echo: ({ text }, { values }) => ({ text: text + values.get(who) }),
    async *converse(requests, context) {
      sendInitialMetadata(context);
      for await (const { text } of requests) yield { text };
    },
    async sum(requests) {
      let count = 0;
      for await (const _ of requests) count++;
      return { count };
    },
    async *count() {
      yield { number: 1 };
    },
  });
  await using peer = new Peer(server);
  const message = toBinary(EchoRequestSchema, create(EchoRequestSchema, { text: "by " }));
  const echo = peer.call(PATH + "Echo", [["x-in", "1"]]).send(message).end();
  assert.equal(fromBinary(EchoResponseSchema, (await echo.message())!).text, "by two");
  assert.equal(await echo.status(), null);
  assert.deepEqual(log, ["one Echo 1", "two Echo 1"]);
  assert.equal(fieldValue(echo.head!, "x-one"), "h");
  assert.equal(fieldValue(echo.trailers!, "x-two-tail"), "t");

  const converse = peer.call(PATH + "Converse");
  await converse.headed;
  const hello = create(ConverseRequestSchema, { text: "hello" });
  converse.send(toBinary(ConverseRequestSchema, hello)).end();
  const answer = fromBinary(ConverseResponseSchema, (await converse.message())!);
  assert.equal(answer.text, "hello");
  assert.equal(await converse.status(), null);
  assert.equal(fieldValue(converse.trailers!, "x-one-tail"), "t");

  assert.equal(await peer.call(PATH + "Sum").send(new Uint8Array(0)).end().status(), null);
  const count = peer.call(PATH + "Count").send(new Uint8Array(0)).end();
  assert.equal((await count.messages()).length, 1);
  assert.equal(await count.status(), null);
});

Deno.test("interceptors may refuse calls and change messages", async () => {
  const guard: Interceptor = (next) => (request) => {
    if (!request.header.has("x-in")) throw new ConnectError("who?", Code.Unauthenticated);
    if (request.stream) return next(request);
    return next({ ...request, message: { ...request.message, text: "changed" } } as typeof request);
  };
  const server = new GrpcServer({ interceptors: [guard] }).add(EchoService, {
    echo: ({ text }) => ({ text }),
  });
  await using peer = new Peer(server);
  const refused = await peer.call(PATH + "Echo").send(new Uint8Array(0)).end().status();
  assert.equal(refused?.code, Code.Unauthenticated);
  const call = peer.call(PATH + "Echo", [["x-in", "1"]]).send(new Uint8Array(0)).end();
  assert.equal(fromBinary(EchoResponseSchema, (await call.message())!).text, "changed");
});
