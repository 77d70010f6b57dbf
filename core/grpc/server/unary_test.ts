import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { EchoRequestSchema, EchoResponseSchema, EchoService } from "@jumpstarter/testing/echo/v1";
import { fieldValue } from "../../http2/mod.ts";
import { gzip } from "../protocol/compression.ts";
import { GrpcServer } from "./server.ts";
import { type Call, Peer } from "./testdata/peer.ts";

const ECHO = "/jumpstarter.test.v1.EchoService/Echo";

function request(text: string): Uint8Array {
  return toBinary(EchoRequestSchema, create(EchoRequestSchema, { text }));
}

async function textOf(call: Call): Promise<string> {
  return fromBinary(EchoResponseSchema, (await call.message())!).text;
}

function echoServer(options = {}): GrpcServer {
  return new GrpcServer(options).add(EchoService, { echo: ({ text }) => ({ text }) });
}

Deno.test("unary call is answered with headers, one message and status OK", async () => {
  await using peer = new Peer(echoServer());
  const call = peer.call(ECHO).send(request("hällo")).end();
  assert.equal(await textOf(call), "hällo");
  assert.equal(await call.message(), null);
  assert.equal(await call.status(), null);
  assert.deepEqual(call.head, [[":status", "200"], ["content-type", "application/grpc"]]);
  assert.deepEqual(call.trailers, [["grpc-status", "0"]]);
});

Deno.test("unary call may come in any pieces", async () => {
  await using peer = new Peer(echoServer());
  const call = peer.call(ECHO);
  const message = request("split");
  for (const octet of [0, 0, 0, 0, message.length, ...message]) {
    call.sendBytes(octet);
    await peer.session.ping();
  }
  call.end();
  assert.equal(await textOf(call), "split");
});

Deno.test("unary call with a message larger than the windows is answered", async () => {
  const http2 = { streamWindow: 65_535, connectionWindow: 65_535 };
  await using peer = new Peer(echoServer({ http2 }), http2);
  const text = "x".repeat(1_000_000);
  assert.equal(await textOf(peer.call(ECHO).send(request(text)).end()), text);
});

Deno.test("unary call starts its handler at half-close", async () => {
  let started = false;
  const server = new GrpcServer().add(EchoService, {
    echo: () => {
      started = true;
      return {};
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(ECHO).send(request("x"));
  await peer.session.ping();
  assert.equal(started, false);
  call.end();
  assert.equal(await call.status(), null);
});

Deno.test("unary call without a message, or with two, is a protocol error", async () => {
  await using peer = new Peer(echoServer());
  const none = await peer.call(ECHO).end().status();
  assert.equal(none?.code, Code.Unimplemented);
  const two = await peer.call(ECHO).send(request("a")).send(request("b")).end().status();
  assert.equal(two?.code, Code.Unimplemented);
  const rest = await peer.call(ECHO).send(request("a")).sendBytes(0, 0).end().status();
  assert.equal(rest?.code, Code.Internal);
});

Deno.test("unary call over the receive limit is refused, and the connection goes on", async () => {
  await using peer = new Peer(echoServer({ maxReceiveBytes: 100 }));
  const refused = await peer.call(ECHO).send(new Uint8Array(101)).end().status();
  assert.equal(refused?.code, Code.ResourceExhausted);
  assert.equal(refused?.rawMessage, "Received message larger than max (101 vs. 100)");
  const promised = await peer.call(ECHO).sendBytes(0, 0xff, 0xff, 0xff, 0xff).status();
  assert.equal(promised?.code, Code.ResourceExhausted);
  assert.equal(await textOf(peer.call(ECHO).send(request("still here")).end()), "still here");
});

Deno.test("unary call over the send limit is refused, and the connection goes on", async () => {
  await using peer = new Peer(echoServer({ maxSendBytes: 100 }));
  const refused = await peer.call(ECHO).send(request("x".repeat(200))).end().status();
  assert.equal(refused?.code, Code.ResourceExhausted);
  assert.equal(await textOf(peer.call(ECHO).send(request("still here")).end()), "still here");
});

Deno.test("unary call takes 4 MiB by default and no more", async () => {
  await using peer = new Peer(echoServer());
  const over = peer.call(ECHO).send(new Uint8Array(4 * 1024 * 1024 + 1)).end();
  assert.equal((await over.status())?.code, Code.ResourceExhausted);
  const text = "x".repeat(4 * 1024 * 1024 - 6);
  assert.equal((await textOf(peer.call(ECHO).send(request(text)).end())).length, text.length);
});

Deno.test("unary call whose message cannot be parsed is an invalid argument", async () => {
  await using peer = new Peer(echoServer());
  const status = await peer.call(ECHO).send(new Uint8Array([0x0a, 0x55])).end().status();
  assert.equal(status?.code, Code.InvalidArgument);
});

Deno.test("unary handler's error goes out as status, message, details and metadata", async () => {
  const server = new GrpcServer().add(EchoService, {
    echo: (_request, context) => {
      context.responseTrailer.set("x-trailer", "t");
      throw new ConnectError("nö: 100 %", Code.NotFound, { "x-why": "board" }, [
        { desc: EchoRequestSchema, value: { text: "detail" } },
      ]);
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(ECHO).send(request("x")).end();
  const status = (await call.status())!;
  assert.equal(status.code, Code.NotFound);
  assert.equal(status.rawMessage, "nö: 100 %");
  assert.equal(status.findDetails(EchoRequestSchema)[0].text, "detail");
  assert.equal(status.metadata.get("x-why"), "board");
  assert.equal(status.metadata.get("x-trailer"), "t");
  assert.equal(call.trailers, undefined, "it is a trailers-only response");
});

Deno.test("unary handler's unexpected error is reported here and hidden there", async () => {
  for (
    const handler of [
      () => {
        throw new Error("secret");
      },
      () => Promise.reject(new Error("secret")),
    ]
  ) {
    const seen: unknown[] = [];
    const server = new GrpcServer({
      onUnexpectedError: (error, path) => seen.push((error as Error).message, path),
    }).add(EchoService, { echo: handler });
    await using peer = new Peer(server);
    const status = await peer.call(ECHO).send(request("x")).end().status();
    assert.equal(status?.code, Code.Internal);
    assert.equal(status?.rawMessage, "internal error");
    assert.deepEqual(seen, ["secret", ECHO]);
  }
});

Deno.test("unary handler reads and writes metadata", async () => {
  const server = new GrpcServer().add(EchoService, {
    echo: (_request, context) => {
      context.responseHeader.set("x-head", context.requestHeader.get("x-in")!);
      context.responseTrailer.set("x-tail", String(context.requestHeader.has("te")));
      return {};
    },
  });
  await using peer = new Peer(server);
  const call = peer.call(ECHO, [["x-in", "value"]]).send(request("")).end();
  assert.equal(await call.status(), null);
  assert.equal(fieldValue(call.head!, "x-head"), "value");
  assert.equal(fieldValue(call.trailers!, "x-tail"), "false");
});

Deno.test("unary handler's metadata that cannot be sent becomes an internal error", async () => {
  const server = new GrpcServer().add(EchoService, {
    echo: (_request, context) => {
      context.responseHeader.set("x-head", "ü");
      return {};
    },
    wait: (_request, context) => {
      context.responseTrailer.set("x-tail", "ü");
      return {};
    },
  });
  await using peer = new Peer(server);
  for (const path of [ECHO, "/jumpstarter.test.v1.EchoService/Wait"]) {
    const status = await peer.call(path).send(new Uint8Array(0)).end().status();
    assert.equal(status?.code, Code.Internal, path);
    assert.match(status!.rawMessage, /printable ASCII/);
  }
});

Deno.test("unary call in gzip is read, and answered in gzip when the client takes it", async () => {
  await using peer = new Peer(echoServer());
  const text = "console ".repeat(1000);
  const packed = gzip.compress(request(text));
  const fields = [["grpc-encoding", "gzip"], ["grpc-accept-encoding", "identity, gzip"]] as const;
  const call = peer.call(ECHO, fields).send(packed, 1).end();
  const answer = gzip.decompress((await compressedMessage(call))!, 1 << 20);
  assert.equal(fromBinary(EchoResponseSchema, answer).text, text);
  assert.equal(fieldValue(call.head!, "grpc-encoding"), "gzip");
  const plain = peer.call(ECHO, [["grpc-encoding", "gzip"]]).send(packed, 1).end();
  assert.equal(await textOf(plain), text);
});

Deno.test("unary call in an unknown encoding is told the known ones", async () => {
  await using peer = new Peer(echoServer());
  const call = peer.call(ECHO, [["grpc-encoding", "snappy"]]).send(request("x")).end();
  assert.equal((await call.status())?.code, Code.Unimplemented);
  assert.equal(fieldValue(call.head!, "grpc-accept-encoding"), "gzip, deflate, identity");
});

Deno.test("unary call with a compressed bomb is refused", async () => {
  await using peer = new Peer(echoServer());
  const bomb = gzip.compress(new Uint8Array(64 * 1024 * 1024));
  const status = await peer.call(ECHO, [["grpc-encoding", "gzip"]]).send(bomb, 1).end().status();
  assert.equal(status?.code, Code.ResourceExhausted);
});

Deno.test("unary call in JSON is answered in JSON", async () => {
  await using peer = new Peer(echoServer());
  const call = peer.call(ECHO, [["content-type", "application/grpc+json"]]);
  call.send(new TextEncoder().encode('{"text":"j"}')).end();
  assert.equal(new TextDecoder().decode((await call.message())!), '{"text":"j"}');
  assert.equal(fieldValue(call.head!, "content-type"), "application/grpc+json");
});

async function compressedMessage(call: Call): Promise<Uint8Array | null> {
  await call.closed;
  return call.payload.subarray(5);
}
