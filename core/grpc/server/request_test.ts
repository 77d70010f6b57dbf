import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { type FieldList, fieldValue } from "../../http2/mod.ts";
import { readRequestHead, requestUrl } from "./request_head.ts";
import { GrpcServer } from "./server.ts";
import { Peer } from "./testdata/peer.ts";

const ECHO = "/jumpstarter.test.v1.EchoService/Echo";
const BASE: FieldList = [[":method", "POST"], [":scheme", "http"], [":path", ECHO], [
  ":authority",
  "a",
]];

function server(): GrpcServer {
  return new GrpcServer().add(EchoService, { echo: (_request, { url }) => ({ text: url }) });
}

async function statusOf(peer: Peer, more: FieldList): Promise<string | undefined> {
  const call = peer.request(BASE, more);
  await call.closed;
  return fieldValue(call.head ?? [], ":status");
}

Deno.test("an unknown method is unimplemented, whatever its path", async () => {
  await using peer = new Peer(server());
  for (
    const path of ["/", "/x", "*", "/\xff\xfe", "//", "/%", "http://[", ECHO + "x", ECHO + "/"]
  ) {
    const status = await peer.call(path).status();
    assert.equal(status?.code, Code.Unimplemented, path);
  }
});

Deno.test("an unknown content type is 415, a method other than POST 405, an unknown path 404", async () => {
  await using peer = new Peer(server());
  const grpc = ["content-type", "application/grpc"] as const;
  assert.equal(await statusOf(peer, [["content-type", "text/plain"]]), "415");
  assert.equal(await statusOf(peer, [["content-type", "application/grpc+cbor"]]), "415");
  assert.equal(await statusOf(peer, [grpc, [":method", "GET"]]), "405");
  assert.equal(await statusOf(peer, [[":path", "/nothing"]]), "404");
});

Deno.test("without Connect's doors, content types other than gRPC's are 415", async () => {
  const plain = new GrpcServer({ connectAndGrpcWeb: false }).add(EchoService, {});
  await using peer = new Peer(plain);
  assert.equal(await statusOf(peer, [["content-type", "application/json"]]), "415");
  assert.equal((await plain.fetchHandler(new Request("http://x" + ECHO))).status, 404);
});

Deno.test("any authority is served, and the handler's url can be parsed", async () => {
  await using peer = new Peer(server());
  for (
    const authority of ["tmp%2Fx.sock", "", "[", "a b", "x:99999999", "\xff", "a/b?c#d", "u@h"]
  ) {
    const call = peer.call(ECHO, [[":authority", authority]]).send(new Uint8Array(0)).end();
    assert.equal(await call.status(), null, authority);
  }
});

Deno.test("any authority and path make a URL that can be parsed", () => {
  const octets = fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map((c) => String.fromCharCode(c)),
  });
  fc.assert(fc.property(octets, octets, octets, (authority, path, scheme) => {
    const url = requestUrl(readRequestHead([
      [":authority", authority],
      [":path", path],
      [":scheme", scheme],
    ]));
    assert.ok(URL.canParse(url), url);
  }));
});

Deno.test("a call without te is served", async () => {
  await using peer = new Peer(server());
  const call = peer.request(BASE, [["content-type", "application/grpc"]]);
  assert.equal(await call.send(new Uint8Array(0)).end().status(), null);
});

Deno.test("fields of any octets end no process, whatever door they come to", async () => {
  await using peer = new Peer(server());
  const name = fc.constantFrom(
    "grpc-timeout",
    "grpc-encoding",
    "content-type",
    "x-a",
    "x-bin",
    "connect-protocol-version",
    "connect-timeout-ms",
  );
  const value = fc.string({
    unit: fc.integer({ min: 33, max: 255 }).map((c) => String.fromCharCode(c)),
    maxLength: 20,
  });
  const type = fc.constantFrom(
    "application/grpc",
    "application/json",
    "application/proto",
    "application/grpc-web+proto",
    "application/connect+json",
  );
  await fc.assert(
    fc.asyncProperty(
      type,
      fc.array(fc.tuple(name, value)),
      fc.uint8Array(),
      async (type, more, body) => {
        const call = peer.request(BASE, [["content-type", type], ...more]);
        call.sendBytes(...body).end();
        await call.closed;
      },
    ),
    { numRuns: 300 },
  );
  assert.equal(await peer.call(ECHO).send(new Uint8Array(0)).end().status(), null);
});

Deno.test("a gate lets calls in or refuses them before their messages are read", async () => {
  const { Code, ConnectError } = await import("@connectrpc/connect");
  const seen: string[] = [];
  const gated = new GrpcServer({
    requestGate: async ({ requestHeader }) => {
      const word = requestHeader.get("x-word") ?? "";
      if (word === "slow") await Promise.resolve();
      if (word === "") throw new ConnectError("no word", Code.Unauthenticated);
    },
  }).add(EchoService, {
    echo: () => {
      seen.push("echo");
      return {};
    },
    async sum(requests) {
      for await (const _ of requests) seen.push("sum");
      return {};
    },
  });
  await using peer = new Peer(gated);
  for (const path of [ECHO, "/jumpstarter.test.v1.EchoService/Sum"]) {
    const refused = await peer.call(path).send(new Uint8Array(0)).end().status();
    assert.equal(refused?.code, Code.Unauthenticated);
    assert.deepEqual(seen, []);
  }
  for (const path of [ECHO, "/jumpstarter.test.v1.EchoService/Sum"]) {
    assert.equal(
      await peer.call(path, [["x-word", "slow"]]).send(new Uint8Array(0)).end().status(),
      null,
    );
  }
  assert.deepEqual(seen, ["echo", "sum"]);
});
