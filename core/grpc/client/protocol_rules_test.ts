import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { gzipSync } from "node:zlib";
import { ErrorCode, type Field, type FieldList, type Http2Stream } from "../../http2/mod.ts";
import { answering, echoClient, framed, OK, RESPONSE, scripted } from "./fixture_test.ts";
import type { GrpcTransportOptions } from "./transport.ts";

/** Field 1 of EchoResponse, text "a". */
const MESSAGE = [0x0a, 1, 0x61];

type Answer = (stream: Http2Stream) => void;

/** What a unary call comes to when the server answers like this. */
async function unary(
  answer: Answer,
  options: Partial<GrpcTransportOptions> = {},
): Promise<string> {
  await using peer = scripted(answering(answer), options);
  try {
    return (await echoClient(peer.transport).echo({ text: "a" })).text;
  } catch (error) {
    assert.ok(error instanceof ConnectError, String(error));
    return error.message;
  }
}

/** The same for a server-streaming call: how many messages came, and what came then. */
async function streaming(answer: Answer): Promise<string> {
  await using peer = scripted(answering(answer));
  let count = 0;
  try {
    for await (const _ of echoClient(peer.transport).count({})) count++;
    return `${count} ok`;
  } catch (error) {
    assert.ok(error instanceof ConnectError, String(error));
    return `${count} ${error.message}`;
  }
}

function respond(
  pieces: readonly Uint8Array[],
  trailers: FieldList | null,
  head: FieldList = RESPONSE,
): Answer {
  return (stream) => {
    stream.sendHeaders(head);
    for (const piece of pieces) stream.sendData(null, piece, false);
    if (trailers === null) stream.sendData(null, null, true);
    else stream.sendTrailers(trailers);
  };
}

function only(...fields: Field[]): Answer {
  return (stream) => stream.sendHeaders(fields, true);
}

Deno.test("a response is a head, messages and a status", async () => {
  const one = framed(MESSAGE);
  assert.equal(await unary(respond([one], OK)), "a");
  assert.equal(await unary(respond([framed([])], OK)), "");
  assert.equal(await streaming(respond([], OK)), "0 ok");
  assert.equal(await streaming(respond([framed([]), framed([])], OK)), "2 ok");
});

Deno.test("a message may come in any pieces", async () => {
  const one = framed(MESSAGE);
  const bytes = [...one].map((octet) => Uint8Array.of(octet));
  assert.equal(await unary(respond(bytes, OK)), "a");
  assert.equal(await unary(respond([one.subarray(0, 5), one.subarray(5)], OK)), "a");
  const two = Uint8Array.of(...framed([8, 1]), ...framed([8, 2]));
  assert.equal(await streaming(respond([two], OK)), "2 ok");
  assert.equal(await streaming(respond([...two].map((octet) => Uint8Array.of(octet)), OK)), "2 ok");
});

Deno.test("status by trailers only is an error, or an empty response", async () => {
  const status = (code: string): Answer =>
    only(...RESPONSE, ["grpc-status", code], ["grpc-message", "why%20not"]);
  assert.equal(await unary(status("7")), "[permission_denied] why not");
  assert.equal(await streaming(status("7")), "0 [permission_denied] why not");
  assert.equal(await streaming(status("0")), "0 ok");
  assert.match(await unary(status("0")), /^\[unimplemented\] .*missing output message/);
  assert.match(await unary(status("99")), /^\[unknown\] why not/);
});

Deno.test("no status at all is an internal error", async () => {
  assert.match(await unary(respond([framed(MESSAGE)], null)), /^\[internal\] .*missing status/);
  assert.match(await unary(respond([framed(MESSAGE)], [["x", "y"]])), /^\[internal\].*missing/);
  assert.match(await streaming(respond([framed([])], null)), /^1 \[internal\] .*missing status/);
  assert.match(await unary(only(...RESPONSE)), /^\[internal\] .*missing status/);
});

Deno.test("a unary response has exactly one message", async () => {
  const one = framed(MESSAGE);
  assert.match(await unary(respond([], OK)), /^\[unimplemented\] .*missing output message/);
  assert.match(await unary(respond([one, one], OK)), /^\[unimplemented\] .*extra output message/);
  const refused: FieldList = [["grpc-status", "9"], ["grpc-message", "no"]];
  assert.equal(await unary(respond([one], refused)), "[failed_precondition] no");
});

Deno.test("what is not gRPC is told by its HTTP status or its content type", async () => {
  const html = (status: string): Answer =>
    respond([new TextEncoder().encode("<html>")], null, [[":status", status], [
      "content-type",
      "text/html",
    ]]);
  assert.equal(await unary(html("503")), "[unavailable] HTTP 503");
  assert.equal(await unary(html("401")), "[unauthenticated] HTTP 401");
  assert.equal(await unary(html("404")), "[unimplemented] HTTP 404");
  assert.equal(await streaming(html("502")), "0 [unavailable] HTTP 502");
  assert.match(await unary(html("200")), /^\[unknown\] .*'text\/html'/);
});

Deno.test("a reset stream becomes the status of gRPC's table", async () => {
  const table: [number, string][] = [
    [ErrorCode.NO_ERROR, "internal"],
    [ErrorCode.PROTOCOL_ERROR, "internal"],
    [ErrorCode.CANCEL, "canceled"],
    [ErrorCode.ENHANCE_YOUR_CALM, "resource_exhausted"],
    [ErrorCode.INADEQUATE_SECURITY, "permission_denied"],
    [ErrorCode.REFUSED_STREAM, "unavailable"],
    [0x77, "internal"],
  ];
  for (const [code, name] of table) {
    assert.ok((await unary((stream) => stream.reset(code))).startsWith(`[${name}]`), name);
  }
  const midway = await streaming((stream) => {
    stream.sendHeaders(RESPONSE);
    stream.sendData(null, framed([]), false);
    setTimeout(() => stream.reset(ErrorCode.CANCEL));
  });
  assert.match(midway, /^1 \[canceled\]/);
});

Deno.test("a stream cancelled by the server at the deadline has run into the deadline", async () => {
  await using peer = scripted(answering((stream) => {
    const late = performance.now() + 30;
    // The client's own timer cannot fire meanwhile.
    while (performance.now() < late);
    stream.reset(ErrorCode.CANCEL);
  }));
  const call = echoClient(peer.transport).echo({}, { timeoutMs: 20 });
  await assert.rejects(call, { code: Code.DeadlineExceeded });
});

Deno.test("a compressed message needs an encoding that is known", async () => {
  const zipped = framed([...gzipSync(Uint8Array.from(MESSAGE))], 1);
  const head = (name: string): FieldList => [...RESPONSE, ["grpc-encoding", name]];
  assert.equal(await unary(respond([zipped], OK, head("gzip"))), "a");
  assert.equal(await unary(respond([framed(MESSAGE)], OK, head("gzip"))), "a");
  assert.match(await unary(respond([zipped], OK)), /^\[internal\] .*without grpc-encoding/);
  assert.match(await unary(respond([zipped], OK, head("identity"))), /^\[internal\]/);
  assert.match(await unary(respond([zipped], OK, head("snappy"))), /^\[internal\] .*'snappy'/);
  assert.match(await unary(respond([framed(MESSAGE, 2)], OK)), /^\[internal\] .*flags/);
  assert.match(await unary(respond([framed([1, 2, 3], 1)], OK, head("gzip"))), /^\[internal\]/);
});

Deno.test("a message cut off is an error, and a failed call's status comes before it", async () => {
  const cut = framed(MESSAGE).subarray(0, 7);
  assert.match(await unary(respond([cut], OK)), /^\[internal\] .*incomplete/);
  assert.match(await streaming(respond([cut], OK)), /^0 \[internal\] .*incomplete/);
  const failed: FieldList = [["grpc-status", "14"], ["grpc-message", "gone"]];
  assert.equal(await streaming(respond([cut], failed)), "0 [unavailable] gone");
});

Deno.test("a message over the limit is refused before it is gathered", async () => {
  const promise = Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3);
  const refused = "[resource_exhausted] Received message larger than max (4294967295 vs. 4194304)";
  assert.equal(await unary(respond([promise], OK)), refused);
  assert.equal(await streaming(respond([framed([]), promise], OK)), `1 ${refused}`);
  const small = await unary(respond([framed(MESSAGE)], OK), { maxReceiveBytes: 2 });
  assert.match(small, /larger than max \(3 vs. 2\)/);
});

Deno.test("a response that cannot be parsed is an internal error", async () => {
  const broken = framed([0x0a, 50, 0x61]);
  assert.match(await unary(respond([broken], OK)), /^\[internal\] Cannot parse/);
  assert.match(await streaming(respond([broken], OK)), /^0 \[internal\] Cannot parse/);
});

Deno.test("a broken connection makes calls unavailable, and the next call connects anew", async () => {
  let calls = 0;
  await using peer = scripted(answering((stream) => {
    if (++calls === 1) peer.sessions[0].close(ErrorCode.INTERNAL_ERROR);
    else respond([framed(MESSAGE)], OK)(stream);
  }));
  const client = echoClient(peer.transport);
  await assert.rejects(client.echo({}), (error: ConnectError) => error.code === Code.Unavailable);
  assert.equal((await client.echo({})).text, "a");
  assert.equal(peer.sessions.length, 2);
});

Deno.test("requests carry what gRPC asks for", async () => {
  const sections: FieldList[] = [];
  await using peer = scripted(
    answering((stream, _request, fields) => {
      sections.push(fields);
      respond([framed(MESSAGE)], OK)(stream);
    }),
    { authority: "board.lab" },
  );
  const client = echoClient(peer.transport);
  await client.echo({});
  await client.echo({}, { timeoutMs: 5000, headers: { "x-a": "1", "grpc-status": "no" } });
  const path = `/${EchoService.typeName}/Echo`;
  const common = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "board.lab"],
    ["te", "trailers"],
    ["content-type", "application/grpc"],
    ["grpc-accept-encoding", "gzip, deflate, identity"],
    ["user-agent", "grpc-deno-jumpstarter/0.1.0"],
  ];
  assert.deepEqual(sections[0], common);
  const second = sections[1].filter(([name]) => name !== "grpc-timeout");
  assert.deepEqual(second, [...common, ["x-a", "1"]]);
  assert.match(sections[1].find(([name]) => name === "grpc-timeout")![1], /^\d+[mun]$/);
});
